// The account's profiles, and taking one's seat.
import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { api } from '../api/client.ts';
import { forgetSession, sessionQuery } from '../session/queries.ts';

/** The seed of the product: an account holds this many viewers. */
export const MAX_PROFILES = 6;

export const profilesQuery = queryOptions({
  queryKey: ['profiles'],
  queryFn: api.profiles,
});

interface Choice {
  profileId: string;
  pin: string | null;
}

/** Everything that was read belongs to the profile before, so the whole cache goes. */
export function useSelectProfile(onSelected: () => Promise<void>) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: ({ profileId, pin }: Choice) => api.selectProfile(profileId, pin),
    onSuccess: async () => {
      forgetSession();
      queryClient.removeQueries({ predicate: (query) => query.queryKey[0] !== 'profiles' && query.queryKey[0] !== 'session' });
      await queryClient.fetchQuery({ ...sessionQuery, staleTime: 0 });
      await onSelected();
    },
  });
}
