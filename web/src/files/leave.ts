import { ElMessageBox } from 'element-plus'
import { onScopeDispose } from 'vue'
import { useRouter } from 'vue-router'

/** Asks before the page is left while something is under way that leaving would end. */
export function useLeaveGuard(busy: () => boolean, words: string): void {
  const beforeUnload = (e: BeforeUnloadEvent) => {
    if (busy()) e.preventDefault()
  }
  window.addEventListener('beforeunload', beforeUnload)
  const stop = useRouter()?.beforeEach(async (to, from) => {
    if (to.path === from.path || !busy()) return true
    const options = { confirmButtonText: '离开', cancelButtonText: '留在本页', type: 'warning' as const }
    return ElMessageBox.confirm(words, '要离开吗？', options).then(() => true, () => false)
  })
  onScopeDispose(() => {
    window.removeEventListener('beforeunload', beforeUnload)
    stop?.()
  })
}
