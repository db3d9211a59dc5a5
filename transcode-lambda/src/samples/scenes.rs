//! What the three films show. Plain formulas of place and time; all constants are taste.

use super::canvas::{Colour, Scene, Spark};

const ASPECT: f64 = 16.0 / 9.0;

/// A sunset over the sea.
pub(super) fn tidal_light() -> Scene {
    Scene {
        hdr: false,
        shade: sea_at_dusk,
        sparks: |_| Vec::new(),
    }
}

fn sea_at_dusk(x: f64, y: f64, time_s: f64) -> Colour {
    const HORIZON: f64 = 0.56;
    let sun_x = ASPECT / 2.0;
    let colour = if y < HORIZON {
        evening_sky(x, y / HORIZON, y, sun_x, time_s)
    } else {
        water(x, (y - HORIZON) / (1.0 - HORIZON), sun_x, time_s)
    };
    let edge = ((x / ASPECT - 0.5).powi(2) + (y - 0.5).powi(2)) * 1.1;
    colour.map(|part| part * (1.0 - edge))
}

fn evening_sky(x: f64, height: f64, y: f64, sun_x: f64, time_s: f64) -> Colour {
    let distance = (x - sun_x).hypot(y - 0.50 - 0.012 * (time_s / 5.0).sin());
    let disc = smooth(0.075, 0.070, distance);
    let glow = (-distance / 0.15).exp();
    let warmth = height.powi(3);
    let cloud_line = 0.27 + 0.03 * (x * 4.1 + time_s / 7.0).sin();
    let cloud =
        (-((y - cloud_line) / 0.03).powi(2)).exp() * (0.5 + 0.5 * (x * 9.0 + time_s / 3.0).sin());
    let cloud_low = (-((y - 0.44 - 0.012 * (x * 6.0 - time_s / 5.0).sin()) / 0.012).powi(2)).exp()
        * (0.5 + 0.5 * (x * 5.0 - time_s / 4.0).cos());
    [
        0.006 + 0.30 * warmth + 0.75 * glow + 0.9 * disc + 0.035 * cloud + 0.12 * cloud_low,
        0.007 + 0.06 * warmth + 0.30 * glow + 0.62 * disc + 0.015 * cloud + 0.04 * cloud_low,
        0.040 + 0.05 * height + 0.09 * glow + 0.28 * disc + 0.030 * cloud + 0.03 * cloud_low,
    ]
}

fn water(x: f64, depth: f64, sun_x: f64, time_s: f64) -> Colour {
    let far = (1.0 - depth).powi(2);
    let swell = 20.0 / (depth + 0.07)
        + time_s * 2.4
        + 1.3 * (x * 26.0 + time_s * 0.8).sin()
        + 0.7 * (x * 61.0 - time_s).sin();
    let ripple = (0.5 + 0.5 * swell.sin()).powi(2);
    let spread = 0.05 + 0.34 * depth;
    let path = (-(x - sun_x + 0.035 * (depth * 40.0 + time_s * 1.7).sin()).abs() / spread).exp();
    let crest = (0.5
        + 0.5
            * (30.0 / (depth + 0.1) - time_s * 1.6 + 2.0 * (x * 14.0 - time_s / 2.0).sin()).sin())
    .powi(6);
    let glitter = path * ripple * (1.0 - 0.55 * depth);
    [
        0.004 + 0.11 * far + 0.85 * glitter + 0.010 * crest,
        0.006 + 0.030 * far + 0.34 * glitter + 0.013 * crest,
        0.022 + 0.040 * far + 0.09 * glitter + 0.030 * crest,
    ]
}

/// A ringed planet in slow passage.
pub(super) fn the_long_orbit() -> Scene {
    Scene {
        hdr: false,
        shade: ringed_planet,
        sparks: |_| Vec::new(),
    }
}

fn ringed_planet(x: f64, y: f64, time_s: f64) -> Colour {
    const RADIUS: f64 = 0.34;
    let (centre_x, centre_y) = (0.62 + 0.020 * time_s, 0.52 - 0.002 * time_s);
    let (u, v) = ((x - centre_x) / RADIUS, (y - centre_y) / RADIUS);
    let limb = u.hypot(v);
    let space = starfield(x, y, time_s);
    let cover = smooth(1.004, 0.996, limb);
    let planet = if limb < 1.01 {
        planet_surface(u, v, time_s)
    } else {
        [0.0; 3]
    };
    let halo = if limb > 1.0 {
        0.10 * (-(limb - 1.0) * 18.0).exp()
    } else {
        0.0
    };
    let (ring_light, ring_cover) = ring(u, v, limb);
    let mut colour = [0.0; 3];
    for (channel, part) in colour.iter_mut().enumerate() {
        let tint = [0.50, 0.62, 1.0][channel];
        let behind = space[channel] * (1.0 - cover) + planet[channel] * cover + halo * tint;
        *part = behind * (1.0 - ring_cover) + ring_light[channel] * ring_cover;
    }
    colour
}

fn planet_surface(u: f64, v: f64, time_s: f64) -> Colour {
    let depth = (1.0 - u * u - v * v).max(0.0).sqrt();
    let angle = 0.9 + time_s / 14.0;
    let sun = (-u * angle.cos() + depth * angle.sin() * 0.9 - v * 0.25).max(0.0);
    let longitude = (u / (depth + 0.35)).atan() + time_s / 9.0;
    let latitude = v + 0.05 * (longitude * 3.0).sin();
    let band = 0.56
        + 0.22 * (latitude * 15.0 + 0.5 * (longitude * 4.0).sin()).sin()
        + 0.12 * (latitude * 43.0 + (longitude * 7.0).sin()).sin()
        + 0.05 * (latitude * 97.0).sin();
    let storm = (-((longitude - 1.9) / 0.16).powi(2) - ((v - 0.30) / 0.07).powi(2)).exp();
    let light = sun.powf(1.2) * (band + 0.4 * storm);
    let rim = (1.0 - depth).powi(4) * sun;
    [
        0.003 + 0.95 * light + 0.10 * rim,
        0.003 + 0.60 * light + 0.16 * rim,
        0.006 + 0.36 * light + 0.34 * rim,
    ]
}

/// The ring's light and how much it hides: nothing behind the planet.
fn ring(u: f64, v: f64, limb: f64) -> (Colour, f64) {
    let plane = v - u * 0.20;
    let distance = u.hypot(plane * 4.0);
    let inside = smooth(1.28, 1.32, distance) * smooth(2.22, 2.16, distance);
    let hidden = limb < 1.0 && plane < 0.0;
    if inside <= 0.0 || hidden {
        return ([0.0; 3], 0.0);
    }
    let grooves = 0.55 + 0.25 * (distance * 46.0).sin() + 0.15 * (distance * 117.0).sin();
    let gap = smooth(0.015, 0.03, (distance - 1.86).abs());
    let light = 0.20 + 0.28 * grooves;
    (
        [light * 1.05, light * 0.88, light * 0.72],
        inside * gap * (0.35 + 0.55 * grooves).min(0.95),
    )
}

fn starfield(x: f64, y: f64, time_s: f64) -> Colour {
    let (grid_x, grid_y) = ((x + time_s * 0.003) * 150.0, y * 150.0);
    let (cell_x, cell_y) = (grid_x.floor(), grid_y.floor());
    let chance = noise(cell_x, cell_y);
    let mut light = 0.0;
    if chance > 0.985 {
        let (offset_x, offset_y) = (
            0.2 + 0.6 * noise(cell_x + 7.0, cell_y),
            0.2 + 0.6 * noise(cell_x, cell_y + 13.0),
        );
        let distance = (grid_x - cell_x - offset_x).hypot(grid_y - cell_y - offset_y);
        let twinkle = 0.75 + 0.25 * (time_s * 2.0 + chance * 900.0).sin();
        light = (chance - 0.985) * 60.0 * (-(distance / 0.16).powi(2)).exp() * twinkle;
    }
    let cloud = (-(((x - 1.45) / 0.5).powi(2) + ((y - 0.2) / 0.35).powi(2))).exp();
    let dust = (-(((x - 0.25 + y * 0.4) / 0.22).powi(2))).exp()
        * (0.6 + 0.4 * (x * 17.0 + (y * 23.0).sin()).sin());
    [
        0.002 + light + 0.016 * cloud + 0.004 * dust,
        0.002 + light * 0.96 + 0.005 * cloud + 0.005 * dust,
        0.006 + light * 0.92 + 0.045 * cloud + 0.012 * dust,
    ]
}

/// Sparks over a fire.
pub(super) fn ember() -> Scene {
    Scene {
        hdr: true,
        shade: fire_bed,
        sparks: rising_sparks,
    }
}

fn fire_bed(x: f64, y: f64, time_s: f64) -> Colour {
    let flow = y * 5.0 + time_s * 1.7;
    let warp = 0.35 * (x * 5.0 + (flow * 0.7).sin()).sin()
        + 0.22 * (x * 11.0 - flow * 0.9 + time_s).sin()
        + 0.12 * (x * 23.0 + flow * 1.7).sin();
    let heat = (1.25 * (y - 0.18) + 0.45 * warp * (0.4 + y)).max(0.0);
    let tongue = (0.5 + 0.5 * (x * 7.0 + 2.2 * warp + (flow * 0.6).sin()).sin()).powi(2);
    let fire = (heat * heat * (0.25 + 0.9 * tongue)).min(2.2);
    let bed = (-(1.02 - y) / 0.07).exp()
        * (0.7 + 0.3 * (x * 31.0 + time_s * 2.0).sin() * (x * 17.0 - time_s).cos());
    let smoke = 0.006 * (1.0 - y) * (0.6 + 0.4 * (x * 3.0 + warp * 2.0).sin());
    [
        0.004 + smoke + 0.62 * fire + 2.6 * bed,
        0.002 + smoke * 0.7 + 0.17 * fire * fire.sqrt() + 0.95 * bed,
        0.002 + smoke * 0.7 + 0.022 * fire * fire + 0.18 * bed,
    ]
}

fn rising_sparks(time_s: f64) -> Vec<Spark> {
    (0..150)
        .map(|index| {
            let seed = f64::from(index);
            let life_s = 2.4 + 2.6 * noise(seed, 1.0);
            let age = ((time_s + 9.0 * noise(seed, 2.0)) / life_s).fract();
            let turn = ((time_s + 9.0 * noise(seed, 2.0)) / life_s).floor();
            let start = ASPECT * noise(seed, 3.0 + turn);
            let sway = 0.05 * (age * 9.0 + seed).sin() + 0.03 * (age * 21.0 + seed * 3.0).sin();
            let fade = (1.0 - age).powf(0.8) * (0.7 + 0.3 * (time_s * 17.0 + seed * 5.0).sin());
            let strength = 6.5 * fade * (0.35 + 0.65 * noise(seed, 4.0));
            Spark {
                x: start + sway * (1.0 + age),
                y: 1.05 - 1.15 * age,
                radius: 0.0035 + 0.0045 * noise(seed, 5.0),
                light: [strength, strength * 0.46, strength * 0.12],
            }
        })
        .collect()
}

/// 0 below `from`, 1 above `to`, smooth between; works downwards too.
fn smooth(from: f64, to: f64, value: f64) -> f64 {
    let part = ((value - from) / (to - from)).clamp(0.0, 1.0);
    part * part * (3.0 - 2.0 * part)
}

/// A number from 0 to 1 that is always the same for the same place.
fn noise(x: f64, y: f64) -> f64 {
    ((x * 12.9898 + y * 78.233).sin() * 43_758.545_3)
        .abs()
        .fract()
}
