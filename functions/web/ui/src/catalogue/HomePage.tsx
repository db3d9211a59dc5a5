// Home: one title on the big screen, then what the viewer began, what is new, and shelves by genre.
import { useQuery, useSuspenseQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { Content, RecommendationSection } from '../api/types.ts';
import { sessionQuery } from '../session/queries.ts';
import { InfoIcon } from '../shell/icons.tsx';
import { ContinueCard, TitleCard } from './cards.tsx';
import { EmptyHouse } from './EmptyHouse.tsx';
import { genreLabel, genresOf } from './format.ts';
import { Hero } from './Hero.tsx';
import { LazyRow } from './LazyRow.tsx';
import { PlayButton } from './PlayButton.tsx';
import { continueQuery, genreQuery, newestQuery, recommendationsQuery } from './queries.ts';
import { Row } from './Row.tsx';

const GENRE_ROWS = 8;
/** A shelf with fewer titles looks abandoned. */
const ROW_MIN = 3;

export default function HomePage() {
  const { data: session } = useSuspenseQuery(sessionQuery);
  const { data: newest } = useSuspenseQuery(newestQuery);
  const profileId = session.profile?.id ?? '';
  const recommendations = useQuery({ ...recommendationsQuery(profileId), enabled: profileId !== '' });
  const begun = useQuery(continueQuery);

  const featured = newest.items.find((item) => item.status === 'ready' && item.heroImageUrl != null) ?? newest.items[0];
  const sections = recommendations.data?.sections ?? [];
  if (featured === undefined) return <EmptyHouse isAdmin={session.user.role === 'admin'} />;

  return (
    <>
      <title>Marquee</title>
      <h1 className="sr-only">Home</h1>
      <Hero content={featured} eyebrow="Now showing" hasCaptions={false} headingLevel="h2">
        <PlayButton content={featured} begun={begun.data?.some((item) => item.id === featured.id) ?? false} />
        <Link to="/title/$id" params={{ id: featured.id }} className="button button-glass">
          <InfoIcon /> More
        </Link>
      </Hero>
      <div className="-mt-4 sm:-mt-6">
        <Row
          heading="Continue watching"
          shape="wide"
          items={begun.data ?? []}
          keyOf={(item) => item.id}
          card={(item, tabIndex) => <ContinueCard item={item} tabIndex={tabIndex} />}
        />
        <Row
          heading="New on Marquee"
          shape="wide"
          items={newest.items}
          keyOf={(item) => item.id}
          card={(item, tabIndex) => <TitleCard content={item} shape="wide" tabIndex={tabIndex} />}
        />
        {sections.filter(isShownHere).map((section) => (
          <Section key={section.type} section={section} />
        ))}
        {genresOf(distinct([...newest.items, ...sections.flatMap((section) => section.items)]), ROW_MIN)
          .slice(0, GENRE_ROWS)
          .map((genre, index) => (
            <LazyRow key={genre} shape={index % 2 === 0 ? 'wide' : 'poster'}>
              <GenreRow genre={genre} shape={index % 2 === 0 ? 'wide' : 'poster'} />
            </LazyRow>
          ))}
      </div>
    </>
  );
}

function distinct(items: Content[]): Content[] {
  return [...new Map(items.map((item) => [item.id, item])).values()];
}

/** New titles and begun titles have rows of their own. */
function isShownHere(section: RecommendationSection): boolean {
  return section.type === 'trending' || section.type === 'personalized';
}

function Section({ section }: { section: RecommendationSection }) {
  const ranked = section.type === 'trending';
  return (
    <Row
      heading={section.title}
      shape="poster"
      items={ranked ? section.items.slice(0, 10) : section.items}
      keyOf={(item) => item.id}
      card={(item, tabIndex, index) => (
        <TitleCard content={item} shape="poster" tabIndex={tabIndex} {...(ranked && { rank: index + 1 })} />
      )}
    />
  );
}

function GenreRow({ genre, shape }: { genre: string; shape: 'wide' | 'poster' }) {
  const { data } = useSuspenseQuery(genreQuery(genre));
  return (
    <Row<Content>
      heading={genreLabel(genre)}
      shape={shape}
      items={data.items}
      keyOf={(item) => item.id}
      card={(item, tabIndex) => <TitleCard content={item} shape={shape} tabIndex={tabIndex} />}
    />
  );
}
