/** What the channel `order:<id>` tells: that something has changed. What may be seen of it, whoever looks asks for. */
export interface OrderChanged {
  readonly stamp: string
}
