/** Pages by address. `meta.band` says which entry of the menu a page belongs to; `meta.open` needs no session. */
import { createRouter, createWebHistory } from 'vue-router'
import { meetSession } from './state/hub'

declare module 'vue-router' {
  interface RouteMeta {
    band?: string
    open?: boolean
  }
}

export const router = createRouter({
  history: createWebHistory(),
  routes: [
    { path: '/sign-in', name: 'sign-in', component: () => import('./pages/SignIn.vue'), meta: { open: true } },
    { path: '/setup', name: 'setup', component: () => import('./pages/SetUp.vue'), meta: { open: true } },
    {
      path: '/',
      component: () => import('./parts/Shell.vue'),
      children: [
        { path: '', name: 'overview', component: () => import('./pages/Overview.vue') },
        { path: 'devices', name: 'devices', component: () => import('./pages/Devices.vue') },
        { path: 'devices/:id', name: 'device', component: () => import('./pages/Device.vue'), props: true, meta: { band: 'devices' } },
        { path: 'exhibitions', name: 'exhibitions', component: () => import('./pages/Exhibitions.vue') },
        { path: 'exhibitions/:id', name: 'exhibition', component: () => import('./pages/Exhibition.vue'), props: true, meta: { band: 'exhibitions' } },
        {
          path: 'exhibitions/:id/edit/:path+',
          name: 'editor',
          component: () => import('./pages/Editor.vue'),
          props: (route) => ({ id: String(route.params.id), path: ([] as string[]).concat(route.params.path ?? []).join('/') }),
          meta: { band: 'exhibitions' },
        },
        { path: 'releases', name: 'releases', component: () => import('./pages/Releases.vue') },
        { path: 'releases/:id', name: 'release', component: () => import('./pages/Release.vue'), props: true, meta: { band: 'releases' } },
        { path: 'groups', name: 'groups', component: () => import('./pages/Groups.vue') },
        { path: 'releases/:id/review', name: 'review', component: () => import('./pages/Review.vue'), props: true, meta: { band: 'releases' } },
        { path: 'trust', name: 'trust', component: () => import('./pages/Trust.vue') },
        { path: 'notices', name: 'notices', component: () => import('./pages/Notices.vue') },
        { path: 'check-ins', name: 'checkins', component: () => import('./pages/CheckIns.vue') },
        { path: 'check-ins/:id', name: 'event', component: () => import('./pages/Event.vue'), props: true, meta: { band: 'checkins' } },
        { path: 'quiz', name: 'quiz', component: () => import('./pages/Quiz.vue') },
        { path: 'settings', name: 'settings', component: () => import('./pages/Settings.vue') },
        { path: ':rest(.*)*', redirect: { name: 'overview' } },
      ],
    },
  ],
})

router.beforeEach(async (to) => {
  if (to.meta.open) return true
  // A hub that cannot be reached is said on the sign-in page; nothing else can be shown yet.
  const known = await meetSession().catch(() => false)
  return known ? true : { name: 'sign-in', query: to.fullPath === '/' ? {} : { next: to.fullPath } }
})
