import type { components } from './schema'

type Wire = components['schemas']['Problem']

/** What the server (or the line to it) said when it refused: RFC 9457 as an Error. */
export class Problem extends Error {
  readonly status: number
  readonly code: string
  readonly title: string
  readonly field?: string
  readonly requestId?: string

  constructor(wire: Pick<Wire, 'status' | 'code' | 'title' | 'detail'> & Partial<Wire>) {
    super(wire.detail)
    this.name = 'Problem'
    this.status = wire.status
    this.code = wire.code
    this.title = wire.title
    this.field = wire.field
    this.requestId = wire.request_id
  }

  /** Nobody answered: the same request may be sent again as it is. */
  get offline(): boolean {
    return this.status === 0
  }
}

export function networkProblem(): Problem {
  return new Problem({
    status: 0,
    code: 'network',
    title: '连接中断',
    detail: '没有连上服务器，您填写的内容仍在页面上。请检查网络后重试。',
  })
}

/** Makes a Problem of whatever an answer carried. */
export function problemOf(body: unknown, response?: Response): Problem {
  if (isWire(body)) return new Problem(body)
  const status = response?.status ?? 0
  return new Problem({
    status,
    code: status === 413 ? 'too_large' : 'unexpected',
    title: '服务器没有按约定答复',
    detail: `服务器的答复无法识别（${status}）。请稍后重试；如果一直如此，请把此代码告诉系统管理员。`,
    request_id: response?.headers.get('X-Request-Id') ?? undefined,
  })
}

/** For catch blocks: an Error of ours stays, anything else is a fault of the page. */
export function asProblem(e: unknown): Problem {
  if (e instanceof Problem) return e
  return new Problem({
    status: -1,
    code: 'page',
    title: '页面出错',
    detail: `页面处理时出错：${e instanceof Error ? e.message : String(e)}。请刷新页面后重试。`,
  })
}

function isWire(v: unknown): v is Wire {
  return typeof v === 'object' && v !== null && 'code' in v && 'detail' in v && 'status' in v
}
