//! How good a frame looks: bright enough, sharp, contrasty and colourful.

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
}

impl Look {
    pub(super) const WIDTH: usize = 160;
    pub(super) const HEIGHT: usize = 90;

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
        })
    }

    /// Higher is better. Black and white frames score next to nothing, however sharp their titles are.
    pub(super) fn score(&self) -> f64 {
        let exposure = match self.brightness {
            ..0.06 => 0.01,
            ..0.25 => 0.4 + self.brightness * 2.4,
            ..0.7 => 1.0,
            _ => (1.7 - self.brightness).max(0.01),
        };
        exposure * (0.2 + self.contrast) * (0.1 + self.sharpness.min(0.5)) * (0.3 + self.colour)
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

    fn picture(pixel: impl Fn(usize, usize) -> [u8; 3]) -> f64 {
        let mut pixels = Vec::new();
        for y in 0..Look::HEIGHT {
            for x in 0..Look::WIDTH {
                pixels.extend(pixel(x, y));
            }
        }
        Look::of(&pixels).unwrap().score()
    }

    #[test]
    fn a_lively_picture_beats_black_white_grey_and_a_title_on_black() {
        let lively = picture(|x, y| {
            [
                (x * 37 % 200) as u8,
                (y * 23 % 180) as u8,
                ((x + y) * 11 % 160) as u8,
            ]
        });
        let black = picture(|_, _| [0; 3]);
        let white = picture(|_, _| [255; 3]);
        let grey = picture(|_, _| [128; 3]);
        let title = picture(|x, y| {
            if y == 45 && x > 40 && x < 120 {
                [255; 3]
            } else {
                [2; 3]
            }
        });
        for (name, other) in [
            ("black", black),
            ("white", white),
            ("grey", grey),
            ("title", title),
        ] {
            assert!(lively > 3.0 * other, "{name}: {lively} against {other}");
        }
        assert!(Look::of(&[0; 10]).is_none());
    }
}
