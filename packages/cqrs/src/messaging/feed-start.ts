import type { FeedPosition } from '../store/event.ts'

/**
 * Where to begin in the feed:
 * - `start`: with the first event there is (Axon's tail token);
 * - `end`: with what is committed from now on (Axon's head token);
 * - `at`: with the first event that happened at or after that time;
 * - a place: with the event after it.
 */
export type FeedStart = 'start' | 'end' | { readonly at: Date } | FeedPosition
