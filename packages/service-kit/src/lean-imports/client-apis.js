// In place of the client's apis/index.js: the requests that its connection makes by itself.
export * from 'client:apis/callbacks.js'
export * from 'client:apis/enumerations.js'
export * as apiVersionsV1 from 'client:apis/metadata/api-versions-v1.js'
export * as saslAuthenticateV0 from 'client:apis/security/sasl-authenticate-v0.js'
export * as saslAuthenticateV1 from 'client:apis/security/sasl-authenticate-v1.js'
export * as saslAuthenticateV2 from 'client:apis/security/sasl-authenticate-v2.js'
export * as saslHandshakeV1 from 'client:apis/security/sasl-handshake-v1.js'
