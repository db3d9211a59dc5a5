//! Picture sizes of rungs: inside a box, even, and of the source's display aspect.

/// Two renditions of one asset may differ by 1 % in aspect (AS 1.33): each stays within half of that of the source.
const ASPECT_TOLERANCE: f64 = 0.005;

/// The size that fits `boxed` (landscape; turned for portrait sources) without enlarging the source.
pub(super) fn fit(display: (f64, f64), boxed: (u32, u32)) -> (u32, u32) {
    let (width, height) = display;
    let (across, down) = turn(display, boxed);
    let scale = (f64::from(across) / width)
        .min(f64::from(down) / height)
        .min(1.0);
    even_near(width * scale, height * scale)
}

/// How much of the box the source fills: at least 1 when the rung doesn't enlarge it.
pub(super) fn fill(display: (f64, f64), boxed: (u32, u32)) -> f64 {
    let (across, down) = turn(display, boxed);
    (display.0 / f64::from(across)).max(display.1 / f64::from(down))
}

fn turn(display: (f64, f64), (across, down): (u32, u32)) -> (u32, u32) {
    if display.0 >= display.1 {
        (across, down)
    } else {
        (down, across)
    }
}

/// The largest even size not above the wanted one whose aspect is close enough; the closest aspect when none is.
fn even_near(width: f64, height: f64) -> (u32, u32) {
    let aspect = width / height;
    let top = floor_even(height + 0.5).max(2);
    let lowest = floor_even(height * 0.95).max(2);
    let mut best = (2, 2);
    let mut best_error = f64::INFINITY;
    let mut candidate = top;
    loop {
        let across = nearest_even(f64::from(candidate) * aspect);
        let error = (f64::from(across) / f64::from(candidate) / aspect - 1.0).abs();
        let fits = f64::from(across) <= width + 1.0;
        if fits && error < best_error {
            best = (across, candidate);
            best_error = error;
        }
        if best_error <= ASPECT_TOLERANCE || candidate <= lowest {
            return best;
        }
        candidate -= 2;
    }
}

fn floor_even(value: f64) -> u32 {
    (value / 2.0).floor() as u32 * 2
}

fn nearest_even(value: f64) -> u32 {
    ((value / 2.0).round() as u32 * 2).max(2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_fits_its_box_and_keeps_the_aspect() {
        let check = |display: (f64, f64), boxed: (u32, u32), expect: (u32, u32)| {
            assert_eq!(fit(display, boxed), expect, "{display:?} in {boxed:?}");
        };
        check((1920.0, 1080.0), (1920, 1080), (1920, 1080));
        check((1920.0, 1080.0), (416, 234), (416, 234));
        check((3840.0, 2160.0), (1280, 720), (1280, 720));
        check((1920.0, 804.0), (1280, 720), (1280, 536));
        check((1920.0, 804.0), (416, 234), (416, 174));
        check((1080.0, 1920.0), (1280, 720), (720, 1280));
        check((1440.0, 1080.0), (640, 360), (480, 360));
        check((1024.0, 576.0), (960, 540), (960, 540));
        check((1279.0, 719.0), (1920, 1080), (1278, 718));
        check((320.0, 180.0), (640, 360), (320, 180));
    }

    #[test]
    fn every_common_shape_stays_within_one_percent_in_every_box() {
        for (width, height) in [
            (1920.0, 1080.0),
            (1998.0, 1080.0),
            (2048.0, 858.0),
            (1920.0, 800.0),
            (1440.0, 1080.0),
            (720.0, 1280.0),
            (1001.0, 777.0),
            (4096.0, 1716.0),
            (1080.0, 1080.0),
        ] {
            for boxed in [(416, 234), (640, 360), (768, 432), (960, 540), (1280, 720)] {
                let (across, down) = fit((width, height), boxed);
                let error = f64::from(across) / f64::from(down) / (width / height) - 1.0;
                assert!(
                    error.abs() <= 0.005,
                    "{width}x{height} in {boxed:?}: {across}x{down}"
                );
                assert!(across % 2 == 0 && down % 2 == 0);
            }
        }
    }
}
