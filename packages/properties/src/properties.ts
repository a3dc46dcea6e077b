/** Resolved application.properties: later sources win; `${VAR:default}` placeholders; Spring's relaxed names. Immutable. */
export interface Properties {
  /** Value of the key in any of its spellings: kebab, camel, or the name of an environment variable. */
  get(key: string): string | undefined
  /**
   * Keys below `prefix.` without the prefix, as written (dots kept, `[..]` brackets removed). `known` names the keys that
   * the caller understands: other spellings of them, and environment variables, are handed out under the known name.
   */
  entries(prefix: string, known?: readonly string[]): ReadonlyMap<string, string>
  /** Keys of files, values and overrides, as written. */
  keys(): readonly string[]
  /** `application.properties:12`, `environment SPRING_KAFKA_BOOTSTRAP_SERVERS`, `value` or `override`. */
  origin(key: string): string | undefined
  with(overrides: Readonly<Record<string, string>>): Properties
}
