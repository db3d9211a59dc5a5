// What a viewer sees when a page fails: the reason when it is known, and a way on.
import { useRouter, type ErrorComponentProps } from '@tanstack/react-router';
import { useQueryErrorResetBoundary } from '@tanstack/react-query';
import { ApiProblem, OFFLINE } from '../api/problem.ts';
import { FullPage } from './FullPage.tsx';
import { NotFound } from './NotFound.tsx';

export function ErrorPage({ error, reset }: ErrorComponentProps) {
  const router = useRouter();
  const queries = useQueryErrorResetBoundary();
  if (error instanceof ApiProblem && error.status === 404) return <NotFound />;

  const tryAgain = () => {
    queries.reset();
    reset();
    void router.invalidate();
  };
  const known = error instanceof ApiProblem;
  const offline = known && error.code === OFFLINE;
  return (
    <FullPage
      eyebrow={offline ? 'Intermission' : 'Technical difficulties'}
      heading={offline ? 'We can’t reach Marquee' : 'The projector jammed'}
      text={known ? error.message : 'Something on this page went wrong. Trying again often helps.'}
    >
      <button type="button" className="button button-lit" onClick={tryAgain}>
        Try again
      </button>
      <a href="/" className="button button-glass">
        Go home
      </a>
      {known && error.requestId !== null && (
        <p className="w-full pt-3 text-sm text-faint">Reference {error.requestId}</p>
      )}
    </FullPage>
  );
}
