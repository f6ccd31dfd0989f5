import { base, password } from './person.mjs'

/** The API as one person uses it, to find what a scenario is about and to compare. */
export class Api {
  static async enter(login, secret = password) {
    const answer = await fetch(base + '/api/v1/sessions', {
      method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ login, password: secret }),
    })
    if (!answer.ok) throw new Error(`sign in as ${login}: ${await answer.text()}`)
    const api = new Api()
    api.cookie = answer.headers.getSetCookie().map((c) => c.split(';')[0]).join('; ')
    const { me } = await answer.json()
    if (me.privacy_notice && !me.must_change) await api.readPolicy()
    return api
  }

  async readPolicy() {
    const { version } = await this.get('/privacy/notice')
    await this.post('/me/privacy-notice', { version })
  }

  async get(path) {
    const answer = await fetch(base + '/api/v1' + path, { headers: { Cookie: this.cookie } })
    if (!answer.ok) throw new Error(`GET ${path}: ${await answer.text()}`)
    return answer.json()
  }

  /** The projects in a stage; `where` adds filters. */
  async cases(stage, where = {}) {
    const { items } = await this.get('/progress?' + new URLSearchParams({ stage, limit: '50', ...where }))
    return items
  }

  /** One project in a stage, with the logins of those who act for it. */
  async find(stage, where = {}) {
    const [row] = await this.cases(stage, where)
    if (!row) throw new Error(`no school is in ${stage}`)
    return { id: row.case_id, school: row.school, row, logins: await this.logins(row.school.id) }
  }

  async post(path, body) {
    const answer = await fetch(base + '/api/v1' + path, {
      method: 'POST', headers: { Cookie: this.cookie, 'Content-Type': 'application/json' }, body: body && JSON.stringify(body),
    })
    if (!answer.ok) throw new Error(`POST ${path}: ${await answer.text()}`)
    return answer.status === 204 ? undefined : answer.json()
  }

  async del(path) {
    const answer = await fetch(base + '/api/v1' + path, { method: 'DELETE', headers: { Cookie: this.cookie } })
    if (!answer.ok) throw new Error(`DELETE ${path}: ${await answer.text()}`)
  }

  /** A one-time password for an account: the demo gives none to those who had nothing to do. */
  async reset(login) {
    const { items } = await this.get('/users?' + new URLSearchParams({ q: login }))
    const security = await Api.enter('security-city')
    return (await security.post(`/users/${items.find((u) => u.login === login).id}/password`)).password
  }

  /** Sees to it that these accounts can sign in with the demo's password. */
  async admit(...logins) {
    for (const login of new Set(logins.filter(Boolean))) {
      if (await Api.enter(login).catch(() => undefined)) continue
      const once = await this.reset(login)
      await (await Api.enter(login, once)).post('/me/password', { current: once, password })
    }
  }

  /** One login of each role at an organisation. */
  async logins(orgId) {
    const { items } = await this.get('/users?' + new URLSearchParams({ org_id: orgId, limit: '200' }))
    const out = {}
    for (const u of items) for (const g of u.grants ?? []) out[g.role] ??= u.login
    return out
  }
}
