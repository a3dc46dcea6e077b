/**
 * Spring's relaxed names. One key has many spellings (`group-id`, `groupId`, `group_id`); a map key keeps its dots and may
 * stand in brackets (`properties[spring.json.trusted.packages]`).
 */

/** The key with bracketed parts as dotted ones: `a.map[b.c]` → `a.map.b.c`. */
export function withoutBrackets(key: string): string {
  return key.includes('[') ? key.replace(/\.?\[([^\]]*)\]/g, '.$1').replace(/^\./, '') : key
}

/** Equal for all spellings of one key (Spring's ConfigurationPropertyName: case, dashes and underscores do not count). */
export function uniform(key: string): string {
  return withoutBrackets(key).replace(/[-_]/g, '').toLowerCase()
}

/** Names that an environment variable for this key may have: dashes dropped (Spring's rule), or as underscores (its legacy rule). */
export function environmentNames(key: string): readonly string[] {
  const upper = withoutBrackets(key).toUpperCase().replace(/\./g, '_')
  const dropped = upper.replace(/-/g, '')
  const underscored = upper.replace(/-/g, '_')
  return dropped === underscored ? [dropped] : [underscored, dropped]
}

/** A variable's name as `environmentNames` writes it; names with dots, as some schedulers allow them, count too. */
export function environmentName(variable: string): string {
  return variable.toUpperCase().replace(/[.-]/g, '_')
}

/** What follows the prefix and its underscore, as the map key that Spring makes of it: lower case, dotted. */
export function mapKey(environmentRest: string): string {
  return environmentRest.toLowerCase().replace(/_/g, '.')
}
