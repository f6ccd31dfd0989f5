import { ElMessage, ElMessageBox } from 'element-plus'
import { useRouter } from 'vue-router'

import { asProblem } from '@/api/problem'
import { unsent } from '@/lib/leftovers'
import { stopLive } from '@/live/live'
import { useSession } from '@/session'
import { setTheme, theme } from '@/shell/theme'

/** Signs out, after a warning when something that was typed would be lost. */
export function useLeave(): () => Promise<void> {
  const session = useSession()
  const router = useRouter()

  async function sureToLose(): Promise<boolean> {
    const n = unsent(session.me?.id ?? '')
    if (n === 0) return true
    const text = `这台设备上还有 ${n} 处填写的内容没有提交，退出后即清除，不能恢复。`
    return ElMessageBox.confirm(text, '退出登录', { confirmButtonText: '退出并清除', cancelButtonText: '先不退出', type: 'warning' }).then(() => true, () => false)
  }

  return async () => {
    if (!(await sureToLose())) return
    try {
      await session.logout()
      setTheme(theme.value) // the answer cleared everything that was kept here
      stopLive()
      void router.push({ name: 'login' })
    } catch (e) {
      ElMessage.error(asProblem(e).message)
    }
  }
}
