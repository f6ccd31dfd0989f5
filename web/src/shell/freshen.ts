import { ElMessage } from 'element-plus'

const key = 'zx.freshened'
const patience = 20_000

/** A page that has been open since before an update asks for parts that are gone: the
 * address is loaded anew, once. Without a connection nothing is reloaded, so what is on
 * the page stays. */
export async function onMissingPart(e: unknown, path: string): Promise<void> {
  if (!isMissingPart(e)) return
  const reachable = await fetch('/healthz', { cache: 'no-store' }).then((r) => r.ok, () => false)
  const again = Date.now() - Number(sessionStorage.getItem(key) ?? 0) < patience
  if (!reachable || again) {
    ElMessage.error(reachable ? '页面没有打开，请稍后刷新浏览器再试。' : '没有连上服务器，页面没有打开。连上后请再点一次。')
    return
  }
  sessionStorage.setItem(key, String(Date.now()))
  location.assign(path)
}

/** How browsers say that a script of the page could not be loaded. */
export function isMissingPart(e: unknown): boolean {
  return e instanceof Error && /dynamically imported module|importing a module script|unable to preload/i.test(e.message)
}
