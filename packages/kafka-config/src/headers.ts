export interface RecordHeader {
  readonly key: string
  readonly value: Buffer
}
