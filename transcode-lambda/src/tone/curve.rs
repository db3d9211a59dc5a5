//! Transfer functions. From `libm`, so that a table is the same in every bit wherever it is made.

use libm::{exp, log, pow};

/// Brightest luminance that PQ codes, cd/m².
pub(super) const PQ_PEAK: f64 = 10_000.0;

// SMPTE ST 2084.
const M1: f64 = 2610.0 / 16384.0;
const M2: f64 = 2523.0 / 4096.0 * 128.0;
const C1: f64 = 3424.0 / 4096.0;
const C2: f64 = 2413.0 / 4096.0 * 32.0;
const C3: f64 = 2392.0 / 4096.0 * 32.0;

/// A PQ signal, 0 to 1, as luminance in cd/m².
pub(super) fn pq_to_nits(signal: f64) -> f64 {
    let power = pow(signal.clamp(0.0, 1.0), 1.0 / M2);
    let linear = (power - C1).max(0.0) / (C2 - C3 * power);
    PQ_PEAK * pow(linear, 1.0 / M1)
}

/// Luminance in cd/m² as a PQ signal.
pub(super) fn nits_to_pq(nits: f64) -> f64 {
    let power = pow((nits / PQ_PEAK).clamp(0.0, 1.0), M1);
    pow((C1 + C2 * power) / (1.0 + C3 * power), M2)
}

/// An HLG signal as scene light, both 0 to 1 (BT.2100 table 5).
pub(super) fn hlg_to_scene(signal: f64) -> f64 {
    const A: f64 = 0.178_832_77;
    const B: f64 = 0.284_668_92;
    const C: f64 = 0.559_910_73;
    let signal = signal.clamp(0.0, 1.0);
    if signal <= 0.5 {
        signal * signal / 3.0
    } else {
        (exp((signal - C) / A) + B) / 12.0
    }
}

/// Linear light, 1 at white, as the signal of a BT.1886 display.
pub(super) fn light_to_gamma(light: f64) -> f64 {
    pow(light.clamp(0.0, 1.0), 1.0 / 2.4)
}

/// BT.2390's electrical-electrical transfer function: luminances up to `from` fitted below `to`, cd/m².
///
/// Below the knee nothing changes; above it a spline bends towards `to`, which `from` reaches exactly.
pub(super) fn roll_off(nits: f64, from: f64, to: f64) -> f64 {
    let most = nits_to_pq(to) / nits_to_pq(from);
    if most >= 1.0 {
        return nits.min(to);
    }
    let signal = (nits_to_pq(nits) / nits_to_pq(from)).min(1.0);
    let knee = 1.5 * most - 0.5;
    if signal < knee {
        return nits;
    }
    let t = (signal - knee) / (1.0 - knee);
    let (t2, t3) = (t * t, t * t * t);
    let bent = (2.0 * t3 - 3.0 * t2 + 1.0) * knee
        + (t3 - 2.0 * t2 + t) * (1.0 - knee)
        + (3.0 * t2 - 2.0 * t3) * most;
    pq_to_nits(bent * nits_to_pq(from))
}

/// BT.2100's luminance of linear BT.2020.
pub(super) fn luminance_2020([red, green, blue]: [f64; 3]) -> f64 {
    0.2627 * red + 0.6780 * green + 0.0593 * blue
}

/// HLG's opto-optical transfer function for a display of that peak, cd/m² (BT.2100 table 5, note 5f).
pub(super) fn scene_to_nits(scene: [f64; 3], peak: f64) -> [f64; 3] {
    let gamma = 1.2 + 0.42 * log(peak / 1000.0) / log(10.0);
    let gain = peak * pow(luminance_2020(scene).max(1e-9), gamma - 1.0);
    scene.map(|light| light * gain)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(found: f64, expect: f64, within: f64) {
        assert!((found - expect).abs() <= within, "{found} is not {expect}");
    }

    #[test]
    fn pq_is_that_of_st_2084() {
        near(nits_to_pq(0.0), 0.0, 1e-6);
        near(nits_to_pq(100.0), 0.508_078, 1e-5);
        near(nits_to_pq(203.0), 0.580_689, 1e-5);
        near(nits_to_pq(1000.0), 0.751_827, 1e-5);
        near(nits_to_pq(10_000.0), 1.0, 1e-9);
        for nits in [0.01, 1.0, 203.0, 4000.0] {
            near(pq_to_nits(nits_to_pq(nits)), nits, nits * 1e-9);
        }
    }

    #[test]
    fn hlg_white_of_graphics_is_203_nits_on_a_display_of_1000() {
        let scene = [hlg_to_scene(0.75); 3];
        near(scene_to_nits(scene, 1000.0)[0], 203.0, 1.0);
        near(
            scene_to_nits([hlg_to_scene(1.0); 3], 1000.0)[1],
            1000.0,
            0.01,
        );
        near(hlg_to_scene(0.5), 1.0 / 12.0, 1e-12);
    }

    #[test]
    fn the_roll_off_keeps_what_is_dark_never_falls_and_ends_at_the_target() {
        near(roll_off(1000.0, 1000.0, 203.0), 203.0, 1e-6);
        near(roll_off(10.0, 1000.0, 203.0), 10.0, 1e-9);
        near(roll_off(150.0, 180.0, 203.0), 150.0, 1e-9);
        let mut last = 0.0;
        for step in 0..=4000 {
            let found = roll_off(f64::from(step), 4000.0, 203.0);
            assert!(found >= last && found <= 203.0 + 1e-9);
            last = found;
        }
    }
}
