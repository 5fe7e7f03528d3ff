/** Whether the browser has a network. */

import { onMounted, onUnmounted, readonly, ref, type Ref } from 'vue'

export function useOnline(): Readonly<Ref<boolean>> {
  const online = ref(navigator.onLine)
  const look = (): void => {
    online.value = navigator.onLine
  }
  onMounted(() => {
    addEventListener('online', look)
    addEventListener('offline', look)
  })
  onUnmounted(() => {
    removeEventListener('online', look)
    removeEventListener('offline', look)
  })
  return readonly(online)
}
