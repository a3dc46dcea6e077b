import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import type { BrowserContext } from 'playwright-core'
import { chromium } from 'playwright-core'
import { onTestFinished } from 'vitest'

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
  /** A window with its own cookies, for the test that opens it: it is closed when that test is over. */
  open(options?: { readonly theme?: 'light' | 'dark'; readonly width?: number }): Promise<BrowserContext>
  close(): Promise<void>
}

/** A Chromium with an empty profile. */
export async function openBrowser(): Promise<Browser> {
  if (CHROMIUM === undefined) throw new Error(WITHOUT_BROWSER)
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS, headless: true })
  return {
    open: async ({ theme = 'light', width = 1_280 } = {}) => {
      const context = await browser.newContext({
        colorScheme: theme,
        reducedMotion: 'reduce',
        timezoneId: 'Europe/Berlin',
        viewport: { width, height: 900 },
      })
      onTestFinished(() => context.close())
      context.setDefaultTimeout(WAIT_MS)
      return context
    },
    close: () => browser.close(),
  }
}

function find(): string | undefined {
  const { CHROMIUM: named, PATH = '' } = process.env
  if (named !== undefined && named !== '') return named
  return PATH.split(delimiter)
    .flatMap((directory) => NAMES.map((name) => join(directory, name)))
    .find((file) => existsSync(file))
}
