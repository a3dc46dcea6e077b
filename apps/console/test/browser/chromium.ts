import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import type { BrowserContext } from 'playwright-core'
import { chromium } from 'playwright-core'

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** What does not come to a page within this time does not come. */
const WAIT_MS = 60_000

/** By the variable CHROMIUM, or on the PATH; undefined where none is installed. */
export const CHROMIUM: string | undefined = find()

/** Why a test of pages is left out; undefined where it can run. */
export const WITHOUT_BROWSER =
  CHROMIUM === undefined ? 'no Chromium is installed: `apt install chromium`, or name one in CHROMIUM' : undefined

export interface Browser {
  /** A window of its own, with its own cookies. */
  open(options?: { readonly theme?: 'light' | 'dark'; readonly width?: number }): Promise<BrowserContext>
  close(): Promise<void>
}

/** A Chromium with an empty profile. */
export async function openBrowser(): Promise<Browser> {
  if (CHROMIUM === undefined) throw new Error(WITHOUT_BROWSER)
  const contexts: BrowserContext[] = []
  const profiles: string[] = []
  return {
    open: async ({ theme = 'light', width = 1_280 } = {}) => {
      const profile = await mkdtemp(join(tmpdir(), 'stocker-chromium-'))
      profiles.push(profile)
      const context = await chromium.launchPersistentContext(profile, {
        executablePath: CHROMIUM,
        args: FLAGS,
        headless: true,
        colorScheme: theme,
        reducedMotion: 'reduce',
        timezoneId: 'Europe/Berlin',
        viewport: { width, height: 900 },
      })
      context.setDefaultTimeout(WAIT_MS)
      contexts.push(context)
      return context
    },
    close: async () => {
      await Promise.all(contexts.map((context) => context.close()))
      await Promise.all(profiles.map((profile) => rm(profile, { recursive: true, force: true, maxRetries: 5 })))
    },
  }
}

function find(): string | undefined {
  const { CHROMIUM: named, PATH = '' } = process.env
  if (named !== undefined && named !== '') return named
  return PATH.split(delimiter)
    .flatMap((directory) => NAMES.map((name) => join(directory, name)))
    .find((file) => existsSync(file))
}
