import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from '@tanstack/react-router';

const root = createRootRoute();

const watch = createRoute({
  getParentRoute: () => root,
  path: '/watch/$id',
  component: lazyRouteComponent(() => import('./watch/WatchPage.tsx')),
});

export const router = createRouter({
  routeTree: root.addChildren([watch]),
  defaultPreload: 'intent',
  scrollRestoration: true,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
