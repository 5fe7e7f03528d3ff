/** The addresses of the page. Routes are named by their pattern in traces, so no data is in the name. */

import { createRouter, createWebHistory } from 'vue-router'
import HomeView from './views/HomeView.vue'
import ItemView from './views/ItemView.vue'
import NotFoundView from './views/NotFoundView.vue'

export const router = createRouter({
  history: createWebHistory(),
  routes: [
    { path: '/', component: HomeView },
    { path: '/items/:item', component: ItemView, props: true },
    { path: '/:unknown(.*)*', component: NotFoundView },
  ],
})
