/** Headers of Spring's AbstractJavaTypeMapper for values; keys have `__Key_…` ones, which strings do not need. */
export const TYPE_ID_HEADER = '__TypeId__'
export const CONTENT_TYPE_ID_HEADER = '__ContentTypeId__'
export const KEY_TYPE_ID_HEADER = '__KeyTypeId__'

export function isTypeHeader(key: string): boolean {
  return key === TYPE_ID_HEADER || key === CONTENT_TYPE_ID_HEADER || key === KEY_TYPE_ID_HEADER
}

/** `com.stocker.events.Orders$Created` → `Created`; `[Lcom.stocker.Order;` → `Order`. */
export function simpleName(className: string): string {
  const start = Math.max(className.lastIndexOf('.'), className.lastIndexOf('$')) + 1
  return className.endsWith(';') ? className.slice(start, -1) : className.slice(start)
}
