//! A frame in linear light, and how it becomes the samples of a video signal.

use std::sync::LazyLock;
use std::thread;

/// Width and height in which scenes are drawn; ffmpeg scales to the master's size.
pub(super) const WIDTH: usize = 768;
pub(super) const HEIGHT: usize = 432;

/// Linear red, green, blue; 1.0 is SDR white (203 cd/m² in an HDR scene).
pub(super) type Colour = [f64; 3];

/// What a film shows at a time.
pub(super) struct Scene {
    /// HDR10 (PQ, BT.2020) instead of BT.709.
    pub(super) hdr: bool,
    /// Colour at a place (0 to 1 from the top left; x up to 16/9) and time in seconds.
    pub(super) shade: fn(x: f64, y: f64, time_s: f64) -> Colour,
    /// Light added on top: position, radius, colour.
    pub(super) sparks: fn(time_s: f64) -> Vec<Spark>,
}

/// A round glow.
pub(super) struct Spark {
    pub(super) x: f64,
    pub(super) y: f64,
    pub(super) radius: f64,
    pub(super) light: Colour,
}

/// One frame as `rgb48le`, rows split over the machine's cores.
pub(super) fn draw(scene: &Scene, time_s: f64) -> Vec<u8> {
    let mut light = vec![[0.0; 3]; WIDTH * HEIGHT];
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let rows = HEIGHT.div_ceil(cores);
    thread::scope(|scope| {
        for (band, pixels) in light.chunks_mut(rows * WIDTH).enumerate() {
            scope.spawn(move || shade_band(scene, pixels, band * rows, time_s));
        }
    });
    for spark in (scene.sparks)(time_s) {
        add_spark(&mut light, &spark);
    }
    let curve = if scene.hdr { &*PQ } else { &*GAMMA };
    let mut frame = vec![0; WIDTH * HEIGHT * 6];
    thread::scope(|scope| {
        for (pixels, bytes) in light
            .chunks(rows * WIDTH)
            .zip(frame.chunks_mut(rows * WIDTH * 6))
        {
            scope.spawn(move || encode_band(scene.hdr, curve, pixels, bytes));
        }
    });
    frame
}

fn shade_band(scene: &Scene, pixels: &mut [Colour], first_row: usize, time_s: f64) {
    for (index, pixel) in pixels.iter_mut().enumerate() {
        let x = ((index % WIDTH) as f64 + 0.5) / HEIGHT as f64;
        let y = ((first_row + index / WIDTH) as f64 + 0.5) / HEIGHT as f64;
        *pixel = (scene.shade)(x, y, time_s);
    }
}

fn add_spark(light: &mut [Colour], spark: &Spark) {
    let scale = HEIGHT as f64;
    let reach = spark.radius * 3.0;
    let span = |centre: f64, limit: usize| {
        let from = ((centre - reach) * scale).floor().clamp(0.0, limit as f64) as usize;
        let to = ((centre + reach) * scale).ceil().clamp(0.0, limit as f64) as usize;
        from..to
    };
    for row in span(spark.y, HEIGHT) {
        for column in span(spark.x, WIDTH) {
            let (dx, dy) = (
                (column as f64 + 0.5) / scale - spark.x,
                (row as f64 + 0.5) / scale - spark.y,
            );
            let strength = (-(dx * dx + dy * dy) / (spark.radius * spark.radius)).exp();
            for (sum, part) in light[row * WIDTH + column].iter_mut().zip(spark.light) {
                *sum += part * strength;
            }
        }
    }
}

fn encode_band(hdr: bool, curve: &Curve, pixels: &[Colour], bytes: &mut [u8]) {
    for (pixel, samples) in pixels.iter().zip(bytes.chunks_mut(6)) {
        let colour = if hdr {
            rec2020_from_709(*pixel)
        } else {
            *pixel
        };
        for (value, sample) in colour.iter().zip(samples.chunks_mut(2)) {
            sample.copy_from_slice(&curve.code(*value).to_le_bytes());
        }
    }
}

static GAMMA: LazyLock<Curve> = LazyLock::new(|| Curve::new(gamma_709));
static PQ: LazyLock<Curve> = LazyLock::new(|| Curve::new(perceptual_quantizer));

/// A transfer function as a table over the fourth root of light: two square roots a sample instead of two powers.
struct Curve(Vec<f64>);

impl Curve {
    /// Light above this is as bright as the picture gets: the 10,000 cd/m² of PQ.
    const BRIGHTEST: f64 = 10_000.0 / 203.0;
    const STEPS: usize = 4096;

    fn new(transfer: fn(f64) -> f64) -> Self {
        let light = |step: usize| (step as f64 / Self::STEPS as f64).powi(4) * Self::BRIGHTEST;
        Self(
            (0..=Self::STEPS)
                .map(|step| transfer(light(step)).clamp(0.0, 1.0) * 65535.0)
                .collect(),
        )
    }

    fn code(&self, linear: f64) -> u16 {
        let place = (linear.clamp(0.0, Self::BRIGHTEST) / Self::BRIGHTEST)
            .sqrt()
            .sqrt()
            * Self::STEPS as f64;
        let below = (place as usize).min(Self::STEPS - 1);
        let (low, high) = (self.0[below], self.0[below + 1]);
        (low + (high - low) * (place - below as f64)).round() as u16
    }
}

/// BT.1886 display gamma with a soft shoulder, so that bright light rolls off instead of clipping.
fn gamma_709(linear: f64) -> f64 {
    let value = linear.max(0.0);
    let rolled = if value < 0.8 {
        value
    } else {
        0.8 + 0.2 * (1.0 - (-(value - 0.8) / 0.2).exp())
    };
    rolled.powf(1.0 / 2.4)
}

/// SMPTE ST 2084, with 1.0 = 203 cd/m² (BT.2408's reference white).
fn perceptual_quantizer(linear: f64) -> f64 {
    const M1: f64 = 2610.0 / 16384.0;
    const M2: f64 = 2523.0 / 4096.0 * 128.0;
    const C1: f64 = 3424.0 / 4096.0;
    const C2: f64 = 2413.0 / 4096.0 * 32.0;
    const C3: f64 = 2392.0 / 4096.0 * 32.0;
    let power = (linear.max(0.0) * 203.0 / 10_000.0).powf(M1);
    ((C1 + C2 * power) / (1.0 + C3 * power)).powf(M2)
}

/// BT.2087's matrix.
fn rec2020_from_709([red, green, blue]: Colour) -> Colour {
    [
        0.6274 * red + 0.3293 * green + 0.0433 * blue,
        0.0691 * red + 0.9195 * green + 0.0114 * blue,
        0.0164 * red + 0.0880 * green + 0.8956 * blue,
    ]
}

#[cfg(test)]
mod tests {
    use super::perceptual_quantizer;

    #[test]
    fn reference_white_is_58_percent_of_the_pq_signal() {
        assert!((perceptual_quantizer(1.0) - 0.58).abs() < 0.005);
    }

    #[test]
    fn ten_thousand_candela_is_full_signal() {
        assert!((perceptual_quantizer(10_000.0 / 203.0) - 1.0).abs() < 1e-9);
    }
}
