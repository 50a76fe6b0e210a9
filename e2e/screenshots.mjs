// Writes the pictures of the documents, ../docs/screens/{page}-{width}-{theme}-{lang}.png,
// from what `poweron demo` shows. `make screenshots` runs it.
import { execFileSync, spawn } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import readline from 'node:readline'
import { launch } from './browser.mjs'

const root = path.join(import.meta.dirname, '..')
const out = path.join(root, 'docs', 'screens')
const sizes = { 390: { width: 390, height: 844 }, 1280: { width: 1280, height: 860 } }
const heaviest = 200_000 // bytes

// demo builds the program and starts three nodes; lines are who can sign in.
async function demo(folder) {
  const program = path.join(folder, 'poweron')
  execFileSync('go', ['build', '-o', program, './cmd/poweron'], { cwd: root, stdio: 'inherit' })
  const child = spawn(program, ['demo', '--json'], { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = new Promise(resolve => child.on('exit', resolve))
  const people = []
  for await (const line of readline.createInterface({ input: child.stdout })) {
    if (line === ']') return { people, stop: () => { child.kill('SIGINT'); return ended } }
    if (line !== '[') people.push(JSON.parse(line.replace(/,$/, '')))
  }
  throw new Error('the demo ended')
}

async function main() {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'poweron-screens-'))
  const { people, stop } = await demo(folder)
  const browser = await launch()
  try {
    const person = handle => people.find(p => p.handle === handle)
    const sessions = new Map()
    // as opens a page with somebody's session, or without one.
    const as = async (handle, width, theme, lang, base) => {
      const context = await browser.newContext({
        viewport: sizes[width], colorScheme: theme, locale: lang, reducedMotion: 'reduce', javaScriptEnabled: false, storageState: sessions.get(handle),
      })
      const page = await context.newPage()
      await page.goto(`${base}/?lang=${lang}`)
      return page
    }
    const shoot = async (page, name) => {
      await page.screenshot({ path: path.join(out, `${name}.png`) })
      const size = fs.statSync(path.join(out, `${name}.png`)).size
      console.log(`${name}.png ${Math.round(size / 1000)} kB`)
      if (size >= heaviest) throw new Error(`${name}.png is too heavy`)
    }
    fs.mkdirSync(out, { recursive: true })
    const [amaya, pilar] = [person('amaya'), person('pilar')]
    const desk = '1280-light-en'

    let page = await as('', 1280, 'light', 'en', amaya.url)
    await page.goto(amaya.signIn)
    await shoot(page, `sign-in-${desk}`)
    for (const p of [amaya, pilar]) {
      page = await as('', 1280, 'light', p === amaya ? 'en' : 'es', p.url)
      await page.goto(p.signIn)
      await page.locator('main form button').click()
      await page.locator('form[action="/confirm-followable"] button[value=yes]').click()
      sessions.set(p.handle, await page.context().storageState())
    }

    // A reply with many links waits for an admin, also from a known server.
    page = await as('pilar', 1280, 'light', 'es', pilar.url)
    await page.goto(`${pilar.url}/@amaya@${new URL(amaya.url).host}`)
    await page.locator('main h3 a').first().click()
    await page.locator('#answer [name=text]').fill('Estas cuatro guías nos sirvieron: https://guias.example/utf8, https://guias.example/csv, https://guias.example/acentos y https://guias.example/papel')
    await page.locator('#answer [name=audience][value=public]').check()
    await page.locator('#answer button').click()
    await page.locator('.note.good[role=status]').waitFor()

    // What each picture shows: name, who looks, width, theme, language, page, and what of it.
    const own = await as('amaya', 1280, 'light', 'en', amaya.url)
    await own.goto(`${amaya.url}/people/amaya`)
    const post = await own.locator('main h3 a').first().getAttribute('href')
    await own.goto(`${amaya.url}/gatherings`)
    const gathering = await own.locator('main h3 a').first().getAttribute('href')
    while (await own.locator('form[action$="/accept"]').count() === 0) await own.goto(`${amaya.url}/admin/held`)
    const pictures = [
      ['home', 'amaya', 1280, 'light', 'en', '/'], ['home', 'amaya', 390, 'dark', 'es', '/'],
      ['people', 'amaya', 390, 'light', 'en', '/people'], ['person', 'amaya', 1280, 'light', 'en', '/people/amaya'],
      ['post', 'amaya', 1280, 'light', 'en', post], ['gathering', 'amaya', 390, 'dark', 'es', gathering],
      ['following', 'amaya', 1280, 'light', 'en', '/following'], ['held', 'amaya', 1280, 'light', 'en', '/admin/held'],
      ['organization', '', 1280, 'light', 'en', '/organizations/riverbend'],
      ['network', 'amaya', 1280, 'light', 'en', '/network/organizations', 'main .top'], ['search', 'amaya', 1280, 'light', 'en', '/search?q=spreadsheets'],
      ['search', 'amaya', 390, 'dark', 'es', '/search?q=planillas'], ['mentoring', 'amaya', 1280, 'light', 'en', '/mentoring'], ['mentoring', 'amaya', 1280, 'light', 'es', '/mentoring'],
      ['see', 'amaya', 1280, 'light', 'en', '/people/amaya/see?as=member'], ['see', 'amaya', 1280, 'light', 'es', '/people/amaya/see?as=member'],
      ['profile', 'amaya', 1280, 'light', 'en', '/people/amaya/edit'], ['profile', 'amaya', 1280, 'light', 'es', '/people/amaya/edit'],
    ]
    for (const [name, who, width, theme, lang, to, part] of pictures) {
      page = await as(who, width, theme, lang, amaya.url)
      await page.goto(amaya.url + to)
      if (part) await page.locator(part).evaluate(e => e.scrollIntoView())
      await shoot(page, `${name}-${width}-${theme}-${lang}`)
      await page.context().close()
    }
  } finally {
    await browser.close()
    await stop()
    fs.rmSync(folder, { recursive: true })
  }
}

await main()
