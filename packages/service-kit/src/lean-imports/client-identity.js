// In place of the client's clients/base/options.js, which compiles the validators of its options.
export { version as clientSoftwareVersion } from 'client:version.js'
export const clientSoftwareName = 'platformatic-kafka'
