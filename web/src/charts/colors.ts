import { useMutationObserver } from '@vueuse/core'
import { type Ref, ref } from 'vue'

import type { Colors } from '@/charts/data'

/** The tokens as the browser has them now; follows the change between light and dark. */
export function useColors(): Ref<Colors> {
  const colors = ref(read())
  useMutationObserver(document.documentElement, () => (colors.value = read()), { attributeFilter: ['class'] })
  return colors
}

function read(): Colors {
  const style = getComputedStyle(document.documentElement)
  const token = (name: string) => style.getPropertyValue(`--zx-${name}`).trim()
  return {
    accent: token('accent'), ok: token('ok'), warn: token('warn'), danger: token('danger'), text: token('text'),
    text2: token('text-2'), text3: token('text-3'), line: token('line'), surface: token('surface'), font: token('font'),
  }
}
