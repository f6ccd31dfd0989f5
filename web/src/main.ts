import 'element-plus/theme-chalk/base.css'
import 'element-plus/theme-chalk/dark/css-vars.css'
import '@/styles/tokens.css'
import '@/styles/element.css'
import '@/styles/base.css'
import '@/styles/print.css'

import { VueQueryPlugin } from '@tanstack/vue-query'
import { createPinia } from 'pinia'
import { createApp } from 'vue'

import { queries } from '@/api/query'
import App from '@/App.vue'
import { joinTabs } from '@/live/tabs'
import { router } from '@/router'
import { applyTheme } from '@/shell/theme'

applyTheme()
const app = createApp(App).use(createPinia()).use(VueQueryPlugin, { queryClient: queries }).use(router)
joinTabs(router)
app.mount('#app')
