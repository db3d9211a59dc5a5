//! How good a frame looks: sharp, well exposed, contrasty, colourful, and not framed by black that the film has not.

/// A frame, small, as numbers.
#[derive(Clone, Copy, Debug)]
pub(super) struct Look {
    /// Mean luma, 0 to 1.
    brightness: f64,
    /// Standard deviation of luma.
    contrast: f64,
    /// Mean strength of edges.
    sharpness: f64,
    /// Mean distance from grey.
    colour: f64,
    /// Black at its sides.
    bars: Bars,
}

/// Black at the top and bottom, and left and right: shares of height and width, the same on both sides.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Bars {
    vertical: f64,
    horizontal: f64,
}

/// Luma of black, with a coder's noise.
const BLACK: f64 = 0.04;

impl Bars {
    /// What all pictures have: the film's letterbox. Of no pictures, or only black ones: nothing.
    pub(super) fn common<'a>(looks: impl Iterator<Item = &'a Look>) -> Self {
        let lit = looks.filter(|look| look.brightness > BLACK);
        let least = lit.map(|look| look.bars).reduce(|a, b| Self {
            vertical: a.vertical.min(b.vertical),
            horizontal: a.horizontal.min(b.horizontal),
        });
        // A dark sky in every picture is no bar: letterboxes are at least a twentieth, and leave half of the picture.
        let real = |share: f64| {
            if (0.02..=0.25).contains(&share) {
                share
            } else {
                0.0
            }
        };
        least.map_or(
            Self {
                vertical: 0.0,
                horizontal: 0.0,
            },
            |bars| Self {
                vertical: real(bars.vertical),
                horizontal: real(bars.horizontal),
            },
        )
    }

    /// The filter that cuts them off, with its comma.
    pub(super) fn crop(self) -> String {
        if self.vertical == 0.0 && self.horizontal == 0.0 {
            return String::new();
        }
        format!(
            "crop=w=iw*{:.4}:h=ih*{:.4},",
            1.0 - 2.0 * self.horizontal,
            1.0 - 2.0 * self.vertical
        )
    }

    fn of(luma: &[f64]) -> Self {
        let row = |y: usize| (0..Look::WIDTH).all(|x| luma[y * Look::WIDTH + x] < BLACK);
        let column = |x: usize| (0..Look::HEIGHT).all(|y| luma[y * Look::WIDTH + x] < BLACK);
        let rows = (0..Look::HEIGHT / 2).take_while(|y| row(*y) && row(Look::HEIGHT - 1 - y));
        let columns =
            (0..Look::WIDTH / 2).take_while(|x| column(*x) && column(Look::WIDTH - 1 - x));
        Self {
            vertical: rows.count() as f64 / Look::HEIGHT as f64,
            horizontal: columns.count() as f64 / Look::WIDTH as f64,
        }
    }
}

impl Look {
    pub(super) const WIDTH: usize = 320;
    pub(super) const HEIGHT: usize = 180;

    /// Measures an RGB picture of [`Self::WIDTH`] by [`Self::HEIGHT`].
    pub(super) fn of(pixels: &[u8]) -> Option<Self> {
        let pixels = pixels.get(..Self::WIDTH * Self::HEIGHT * 3)?;
        let (mut luma, mut colour) = (Vec::with_capacity(Self::WIDTH * Self::HEIGHT), 0.0);
        for pixel in pixels.as_chunks::<3>().0 {
            let [red, green, blue] = pixel.map(|value| f64::from(value) / 255.0);
            luma.push(0.2126 * red + 0.7152 * green + 0.0722 * blue);
            colour += red.max(green).max(blue) - red.min(green).min(blue);
        }
        let count = luma.len() as f64;
        let brightness = luma.iter().sum::<f64>() / count;
        let variance = luma
            .iter()
            .map(|value| (value - brightness).powi(2))
            .sum::<f64>()
            / count;
        Some(Self {
            brightness,
            contrast: variance.sqrt(),
            sharpness: edges(&luma),
            colour: colour / count,
            bars: Bars::of(&luma),
        })
    }

    /// Higher is better. Black and white frames score next to nothing, however sharp their titles are; a frame with more
    /// black around it than the film has loses that share.
    pub(super) fn score(&self, film: Bars) -> f64 {
        let exposure = match self.brightness {
            ..0.06 => 0.01,
            ..0.25 => 0.4 + self.brightness * 2.4,
            ..0.7 => 1.0,
            _ => (1.7 - self.brightness).max(0.01),
        };
        let seen = |own: f64, film: f64| 1.0 - 2.0 * (own - film).max(0.0);
        let framing =
            seen(self.bars.vertical, film.vertical) * seen(self.bars.horizontal, film.horizontal);
        exposure
            * framing
            * (0.2 + self.contrast)
            * (0.02 + self.sharpness.min(0.5))
            * (0.3 + self.colour)
    }
}

fn edges(luma: &[f64]) -> f64 {
    let at = |x: usize, y: usize| luma[y * Look::WIDTH + x];
    let mut sum = 0.0;
    for y in 1..Look::HEIGHT - 1 {
        for x in 1..Look::WIDTH - 1 {
            let around = at(x - 1, y) + at(x + 1, y) + at(x, y - 1) + at(x, y + 1);
            sum += (4.0 * at(x, y) - around).abs();
        }
    }
    sum / ((Look::WIDTH - 2) * (Look::HEIGHT - 2)) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    const NONE: Bars = Bars {
        vertical: 0.0,
        horizontal: 0.0,
    };

    fn look(pixel: impl Fn(usize, usize) -> [u8; 3]) -> Look {
        let mut pixels = Vec::new();
        for y in 0..Look::HEIGHT {
            for x in 0..Look::WIDTH {
                pixels.extend(pixel(x, y));
            }
        }
        Look::of(&pixels).unwrap()
    }

    fn lively(x: usize, y: usize) -> [u8; 3] {
        [
            (x * 37 % 200) as u8,
            (y * 23 % 180) as u8,
            ((x + y) * 11 % 160) as u8,
        ]
    }

    #[test]
    fn a_lively_picture_beats_black_white_grey_a_title_on_black_and_its_own_blur() {
        let best = look(lively).score(NONE);
        let title = |_: usize, y: usize| {
            if (88..92).contains(&y) {
                [255; 3]
            } else {
                [2; 3]
            }
        };
        // A box filter of nine by nine, as a camera out of focus.
        let blurred = |x: usize, y: usize| {
            let mut sums = [0_usize; 3];
            for offset in 0..81 {
                let pixel = lively(x + offset % 9, y + offset / 9);
                for (sum, value) in sums.iter_mut().zip(pixel) {
                    *sum += usize::from(value);
                }
            }
            sums.map(|sum| (sum / 81) as u8)
        };
        for (name, other) in [
            ("black", look(|_, _| [0; 3])),
            ("white", look(|_, _| [255; 3])),
            ("grey", look(|_, _| [128; 3])),
            ("title", look(title)),
            ("blur", look(blurred)),
        ] {
            let score = other.score(NONE);
            assert!(best > 3.0 * score, "{name}: {best} against {score}");
        }
        assert!(Look::of(&[0; 10]).is_none());
    }

    #[test]
    fn the_films_own_letterbox_is_cut_off_and_a_frame_with_more_black_scores_less() {
        let boxed = |rows: usize| {
            look(move |x, y| {
                if y < rows || y >= Look::HEIGHT - rows {
                    [0; 3]
                } else {
                    lively(x, y)
                }
            })
        };
        let (wide, wider, black) = (boxed(18), boxed(40), look(|_, _| [0; 3]));
        let film = Bars::common([&wide, &wider, &black].into_iter());
        assert_eq!(film.crop(), "crop=w=iw*1.0000:h=ih*0.8000,");
        assert!(wide.score(film) > wider.score(film));
        let full = look(lively);
        assert_eq!(Bars::common([&wide, &full].into_iter()), NONE);
        assert_eq!(Bars::common([&black].into_iter()), NONE);
        assert_eq!(NONE.crop(), "");
    }
}
