// The pages and who may see them.
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  notFound,
  Outlet,
  redirect,
  type ParsedLocation,
} from '@tanstack/react-router';
import type { QueryClient } from '@tanstack/react-query';
import { ApiProblem } from './api/problem.ts';
import type { Session } from './api/types.ts';
import { continueQuery, contentQuery, newestQuery } from './catalogue/queries.ts';
import { HomeSkeleton } from './catalogue/skeletons.tsx';
import { queryClient } from './queries.ts';
import { profilesQuery } from './profiles/queries.ts';
import { sessionQuery } from './session/queries.ts';
import { AppLayout } from './shell/AppLayout.tsx';
import { ErrorPage } from './shell/ErrorPage.tsx';
import { NotFound } from './shell/NotFound.tsx';
import { OfflineBanner } from './shell/OfflineBanner.tsx';
import WatchPage from './watch/WatchPage.tsx';

interface Guard {
  context: { queryClient: QueryClient };
  location: ParsedLocation;
}

async function requireSession({ context, location }: Guard): Promise<Session> {
  try {
    return await context.queryClient.ensureQueryData(sessionQuery);
  } catch (error) {
    if (error instanceof ApiProblem && error.status === 401) {
      throw redirect({ to: '/signin', search: { next: location.href } });
    }
    throw error;
  }
}

async function requireProfile(guard: Guard): Promise<void> {
  const session = await requireSession(guard);
  if (session.profile == null) throw redirect({ to: '/profiles', search: { next: guard.location.href } });
}

async function requireAdmin(guard: Guard): Promise<void> {
  const session = await requireSession(guard);
  // For anyone else the studio doesn't exist.
  if (session.user.role !== 'admin') throw notFound();
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function nextSearch(search: Record<string, unknown>): { next?: string } {
  const next = text(search['next']);
  return next === undefined ? {} : { next };
}

const root = createRootRouteWithContext<{ queryClient: QueryClient }>()({
  component: () => (
    <>
      <Outlet />
      <OfflineBanner />
    </>
  ),
  notFoundComponent: NotFound,
});

const signIn = createRoute({
  getParentRoute: () => root,
  path: '/signin',
  validateSearch: nextSearch,
  component: lazyRouteComponent(() => import('./session/SignInPage.tsx')),
});

const profiles = createRoute({
  getParentRoute: () => root,
  path: '/profiles',
  validateSearch: nextSearch,
  loader: async (guard) => {
    try {
      await guard.context.queryClient.ensureQueryData(profilesQuery);
    } catch (error) {
      if (error instanceof ApiProblem && error.status === 401) throw redirect({ to: '/signin' });
      throw error;
    }
  },
  component: lazyRouteComponent(() => import('./profiles/ProfilesPage.tsx')),
});

const app = createRoute({ getParentRoute: () => root, id: 'app', component: AppLayout });

const home = createRoute({
  getParentRoute: () => app,
  path: '/',
  beforeLoad: requireProfile,
  loader: async ({ context }) => {
    void context.queryClient.prefetchQuery(continueQuery);
    await context.queryClient.ensureQueryData(newestQuery);
  },
  pendingComponent: HomeSkeleton,
  component: lazyRouteComponent(() => import('./catalogue/HomePage.tsx')),
});

const title = createRoute({
  getParentRoute: () => app,
  path: '/title/$id',
  beforeLoad: requireProfile,
  loader: ({ context, params }) => context.queryClient.ensureQueryData(contentQuery(params.id)),
  pendingComponent: HomeSkeleton,
  component: lazyRouteComponent(() => import('./catalogue/TitlePage.tsx')),
});

const searchPage = createRoute({
  getParentRoute: () => app,
  path: '/search',
  beforeLoad: requireProfile,
  validateSearch: (search: Record<string, unknown>): { q?: string; genre?: string } => {
    const q = text(search['q']);
    const genre = text(search['genre']);
    return { ...(q !== undefined && { q }), ...(genre !== undefined && { genre }) };
  },
  component: lazyRouteComponent(() => import('./catalogue/SearchPage.tsx')),
});

const studio = createRoute({
  getParentRoute: () => app,
  path: '/admin',
  beforeLoad: requireAdmin,
  component: lazyRouteComponent(() => import('./admin/StudioPage.tsx')),
});

const studioTitle = createRoute({
  getParentRoute: () => app,
  path: '/admin/content/$id',
  beforeLoad: requireAdmin,
  component: lazyRouteComponent(() => import('./admin/StudioTitlePage.tsx')),
});

const watch = createRoute({
  getParentRoute: () => root,
  path: '/watch/$id',
  beforeLoad: requireProfile,
  validateSearch: (search: Record<string, unknown>): { start?: number } => {
    const start = Number(search['start'] ?? Number.NaN);
    return Number.isFinite(start) && start >= 0 ? { start } : {};
  },
  // Not lazy: it is a few lines, and React holds back what it suspends for 300 ms.
  component: WatchPage,
});

export const router = createRouter({
  routeTree: root.addChildren([
    signIn,
    profiles,
    watch,
    app.addChildren([home, title, searchPage, studio, studioTitle]),
  ]),
  context: { queryClient },
  defaultPreload: 'intent',
  // The query cache decides what is fresh.
  defaultPreloadStaleTime: 0,
  defaultPendingMs: 150,
  defaultErrorComponent: ErrorPage,
  scrollRestoration: true,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
