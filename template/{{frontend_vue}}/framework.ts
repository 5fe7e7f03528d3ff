/** What the build needs for Vue. */

import vue from '@vitejs/plugin-vue'

export const framework = vue
