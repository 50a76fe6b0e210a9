// What has to hold on every page. Each check takes a function report(check,
// where, words) and calls it once for each thing that is wrong.
import fs from 'node:fs'
import { createRequire } from 'node:module'
import { desk, phone } from './browser.mjs'

const axeSource = fs.readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const standards = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']

// watch reports what a page does beyond showing itself: requests to anywhere
// but its own node (E10), messages of the browser, files that do not come.
export function watch(page, origin, report) {
  const where = () => new URL(page.url()).pathname
  page.on('request', r => {
    if (new URL(r.url()).origin !== origin) report('origin', where(), `asks ${r.url()}`)
  })
  page.on('response', r => {
    if (r.status() >= 400 && r.request().resourceType() !== 'document') report('console', where(), `${r.url()} answers ${r.status()}`)
  })
  page.on('requestfailed', r => { // one that the next page cuts short is none
    const why = r.failure()?.errorText ?? ''
    if (r.resourceType() !== 'document' && !why.includes('ERR_ABORTED')) report('console', where(), `${r.url()} does not come: ${why}`)
  })
  page.on('console', m => {
    // The browser says this of error pages too; files are looked at above.
    if (m.type() === 'error' && !m.text().startsWith('Failed to load resource')) report('console', where(), m.text())
  })
  page.on('pageerror', e => report('console', where(), e.message))
}

// headed checks the title, the one h1 and the language of a page.
export async function headed(page, where, lang, report) {
  const got = await page.evaluate(() => ({
    title: document.title.trim(), lang: document.documentElement.lang, main: document.querySelectorAll('main').length,
    heads: [...document.querySelectorAll('h1')].map(h => h.textContent.trim()),
  }))
  if (!got.title) report('heading', where, 'has no title')
  if (got.heads.length !== 1 || !got.heads[0]) report('heading', where, `has ${got.heads.length} h1: ${got.heads.join(' | ')}`)
  if (got.main !== 1) report('heading', where, `has ${got.main} main`)
  if (got.lang !== lang) report('heading', where, `is in "${got.lang}" and not in "${lang}"`)
}

// narrow checks that nothing is wider than the smallest phone, and that a thumb
// hits every button and field (44 px, shared sheet).
export async function narrow(page, where, report) {
  await page.setViewportSize({ width: 320, height: 640 })
  const got = await page.evaluate(() => {
    const name = e => `${e.tagName.toLowerCase()}.${e.getAttribute('class') || ''}`
    const targets = 'button, select, .act, input:not([type=checkbox]):not([type=radio]):not([type=hidden]), .wire a, .pick, summary'
    return {
      width: document.documentElement.scrollWidth,
      wide: [...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right > 321 && !e.closest('.scroll, .vh')).slice(0, 3).map(name),
      small: [...document.querySelectorAll(targets)].filter(e => {
        const box = e.getBoundingClientRect()
        return box.width > 2 && !e.closest('.vh') && Math.min(box.width, box.height) < 44
      }).slice(0, 3).map(name),
    }
  })
  if (got.width > 320) report('width', where, `is ${got.width} px wide at 320: ${got.wide.join(' ')}`)
  if (got.small.length > 0) report('width', where, `has targets below 44 px: ${got.small.join(' ')}`)
}

// audit lets axe look at a page at both widths and in both themes. In the dark
// only colours differ, so only the rules about colour run again.
export async function audit(page, where, report) {
  await page.evaluate(axeSource)
  for (const colorScheme of ['light', 'dark']) {
    await page.emulateMedia({ colorScheme })
    for (const size of [phone, desk]) {
      await page.setViewportSize(size)
      const runOnly = colorScheme === 'light' ? { type: 'tag', values: standards } : { type: 'rule', values: ['color-contrast', 'link-in-text-block'] }
      const found = await page.evaluate(async o => (await window.axe.run(document, o)).violations.map(v => ({
        id: v.id, impact: v.impact, nodes: v.nodes.map(n => n.target.join(' ')),
      })), { runOnly, preload: false, resultTypes: ['violations'] })
      for (const v of found) {
        const check = ['serious', 'critical'].includes(v.impact) ? 'axe' : 'moderate'
        report(check, where, `${v.id} (${v.impact}) at ${size.width} px, ${colorScheme}: ${v.nodes.slice(0, 3).join(', ')}`)
      }
    }
  }
}

const faulty = `<!doctype html><html lang="xx"><body><h1>One</h1><h1>Two</h1><p style="color:#eee;background:#fff">pale</p>
<div style="width:900px">wide</div><button>x</button><img src="http://127.77.9.9:9/pixel.png"><script>null.x</script></body></html>`

// proven plants a page that has every fault and reports each check that stays silent.
export async function proven(browser, origin, report) {
  const page = await browser.newPage()
  const seen = new Set()
  const note = check => seen.add(check)
  await page.route('http://127.77.9.9:9/**', r => r.abort())
  await page.route(`${origin}/faulty`, r => r.fulfill({ contentType: 'text/html', body: faulty }))
  watch(page, origin, note)
  await page.goto(`${origin}/faulty`)
  await headed(page, '/faulty', 'en', note)
  await audit(page, '/faulty', note)
  await narrow(page, '/faulty', note)
  for (const check of ['origin', 'console', 'heading', 'axe', 'width']) {
    if (!seen.has(check)) report('proof', '/faulty', `the check "${check}" found nothing on a page that is wrong in every way`)
  }
  await page.close()
}
