/** Texts of which their form alone says that they are no personal value. */

const ID = /^[A-Za-z0-9][A-Za-z0-9_.:-]{0,199}$/
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i
const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:?\d{2})$/
const CODE = /^[A-Z][A-Z0-9]*(_[A-Z0-9]+)*$/

/** Letters, digits and `_.:-`: where an id is expected. */
export const isPlainId = (text: string): boolean => ID.test(text)
export const isUuid = (text: string): boolean => UUID.test(text)
/** ISO 8601. */
export const isTime = (text: string): boolean => TIME.test(text)
/** `CUSTOMER_REQUEST`: where a code is expected. */
export const isCode = (text: string): boolean => text.length <= 100 && CODE.test(text)
