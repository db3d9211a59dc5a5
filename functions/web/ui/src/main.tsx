import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { followSession } from './progress/followSession.ts';
import { queryClient } from './queries.ts';
import { router } from './router.tsx';
import { leaveWhenOver } from './session/leaveWhenOver.ts';
import './styles.css';

leaveWhenOver(router, queryClient);
followSession(queryClient);

const root = document.getElementById('root');
if (root === null) throw new Error('index.html has no #root');

createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={queryClient}>
      <RouterProvider router={router} />
    </QueryClientProvider>
  </StrictMode>,
);
