import { ref } from 'vue'

export type Theme = 'system' | 'light' | 'dark'

const key = 'zx.theme'
const dark = window.matchMedia('(prefers-color-scheme: dark)')

export const theme = ref<Theme>((localStorage.getItem(key) as Theme | null) ?? 'system')

export function setTheme(t: Theme): void {
  theme.value = t
  localStorage.setItem(key, t)
  paint()
}

export function applyTheme(): void {
  dark.addEventListener('change', paint)
  paint()
}

function paint(): void {
  document.documentElement.classList.toggle('dark', theme.value === 'dark' || (theme.value === 'system' && dark.matches))
}
