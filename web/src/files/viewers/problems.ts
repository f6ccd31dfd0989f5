import { Problem } from '@/api/problem'

/** A file that this page cannot show; it can still be saved. */
export function unshowable(what: string, why: string): Problem {
  return new Problem({ status: -1, code: 'preview', title: '不能在页面中显示', detail: `${what}请下载后用相应的软件打开。${why ? `（${why}）` : ''}` })
}
