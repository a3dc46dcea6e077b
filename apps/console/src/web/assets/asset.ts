export interface Asset {
  readonly type: string
  readonly plain: Buffer
  readonly gzipped: Buffer
}

/** What a page names in its head; the files are served below /assets. */
export interface ConsoleAssets {
  readonly script: string
  readonly style: string
  readonly icon: string
  /** By the name of an island: its file and those that it imports, besides what `script` imports anyway. */
  readonly islands: ReadonlyMap<string, readonly string[]>
  /** By URL. */
  readonly files: ReadonlyMap<string, Asset>
}
