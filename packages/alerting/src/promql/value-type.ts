/** `scalar`: one number. `vector`: one sample of each series. `matrix`: the samples of a range of each series. */
export const VALUE_TYPES = ['scalar', 'vector', 'matrix', 'string'] as const
export type ValueType = (typeof VALUE_TYPES)[number]
