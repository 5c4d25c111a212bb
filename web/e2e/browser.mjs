// The browser that every browser test uses: Debian's Chromium, found where it is, never downloaded.
import { existsSync } from 'node:fs'
import { chromium } from 'playwright-core'

const PLACES = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].filter(Boolean)

export async function openBrowser() {
  const executablePath = PLACES.find((place) => existsSync(place))
  if (!executablePath) throw new Error('no Chromium found: apt-get install chromium, or set CHROMIUM')
  // The sandbox needs user namespaces, which containers often lack; the pages are our own.
  return chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu', '--force-color-profile=srgb', '--font-render-hinting=none'] })
}
