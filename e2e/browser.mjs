// Starts Debian's Chromium with an empty profile of its own, so that nothing
// of earlier runs is in it, and without the traffic that browsers make on
// their own account.
import { chromium } from 'playwright-core'

export const executable = process.env.CHROMIUM || '/usr/bin/chromium'

const quiet = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
  '--disable-background-networking', '--disable-component-update', '--disable-sync',
]

// launch starts a headless browser; Playwright gives it a new folder for its profile.
export const launch = () => chromium.launch({ executablePath: executable, headless: true, args: quiet })

// phone and desk are the two widths that every page is looked at.
export const phone = { width: 375, height: 740 }
export const desk = { width: 1280, height: 860 }
