import { FullPage } from './FullPage.tsx';

export function NotFound() {
  return (
    <FullPage
      eyebrow="Scene missing"
      heading="This page isn’t on the programme"
      text="The title may have left Marquee, or the address has a slip in it."
    >
      <a href="/" className="button button-lit">
        Browse Marquee
      </a>
    </FullPage>
  );
}
