// In place of mnemonist's index.
export { default as LRUCache } from 'mnemonist/lru-cache.js'
