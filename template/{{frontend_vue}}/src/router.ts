/** The addresses of the page. Routes are named by their pattern in traces, so no data is in the name. */

import { createRouter, createWebHistory, type Router } from 'vue-router'
import HomeView from './views/HomeView.vue'
import ItemView from './views/ItemView.vue'
import NotFoundView from './views/NotFoundView.vue'

/** A function, because a router reads the page's address when it is made, and puts it back. */
export function makeRouter(): Router {
  return createRouter({
    history: createWebHistory(),
    routes: [
      { path: '/', component: HomeView },
      { path: '/items/:item', component: ItemView, props: true },
      { path: '/:unknown(.*)*', component: NotFoundView },
    ],
  })
}
