import { ElMessageBox } from 'element-plus'
import { hasInjectionContext, inject, onScopeDispose } from 'vue'
import { routerKey } from 'vue-router'

// Several parts of a page may guard one leave; the person is asked once.
const agreed = new WeakSet<object>()

/** Asks before the page is left while something is under way that leaving would end. */
export function useLeaveGuard(busy: () => boolean, words: string): void {
  const beforeUnload = (e: BeforeUnloadEvent) => {
    if (busy()) e.preventDefault()
  }
  window.addEventListener('beforeunload', beforeUnload)
  const router = hasInjectionContext() ? inject(routerKey, undefined) : undefined
  const stop = router?.beforeEach(async (to, from) => {
    if (to.path === from.path || agreed.has(to) || !busy()) return true
    const options = { confirmButtonText: '离开', cancelButtonText: '留在本页', type: 'warning' as const }
    const sure = await ElMessageBox.confirm(words, '要离开吗？', options).then(() => true, () => false)
    if (sure) agreed.add(to)
    return sure
  })
  onScopeDispose(() => {
    window.removeEventListener('beforeunload', beforeUnload)
    stop?.()
  })
}
