use super::*;
use crate::asset::{FrameRate, VideoRange};

fn video() -> SourceVideo {
    SourceVideo {
        stream: 0,
        codec: "h264".to_owned(),
        profile: None,
        level: None,
        tag: None,
        pix_fmt: None,
        width: 1920,
        height: 1080,
        sample_aspect: (1, 1),
        rotation: 0,
        frame_rate: FrameRate { num: 24, den: 1 },
        is_variable: false,
        frames: 24 * 60,
        start_us: 0,
        duration_us: 60_000_000,
        is_interlaced: false,
        top_field_first: None,
        bits_per_s: 0,
        key_frames: None,
        is_reordered: false,
        active: None,
        bit_depth: 8,
        range: VideoRange::Sdr,
        primaries: None,
        transfer: None,
        chroma_location: None,
        matrix: None,
        full_range: false,
        hdr: None,
        has_hdr10_plus: false,
        dolby_vision: None,
    }
}

fn source(video: SourceVideo) -> Source {
    Source {
        container: "mov,mp4,m4a,3gp,3g2,mj2".to_owned(),
        video,
        audio: Vec::new(),
        subtitles: Vec::new(),
        chapters: Vec::new(),
    }
}

#[test]
fn chunks_are_whole_segments_and_cover_every_frame_once() {
    for rate in rates::STANDARD {
        for frames in [1, 47, 144, 145, 1440, 100_001] {
            for preset in [Preset::Fast, Preset::Standard, Preset::Premium] {
                let plan = plan(
                    &source(SourceVideo {
                        frame_rate: rate,
                        frames,
                        ..video()
                    }),
                    preset,
                )
                .unwrap();
                let mut next = 0;
                for (place, chunk) in plan.chunks.iter().enumerate() {
                    assert_eq!((chunk.index as usize, chunk.start_frame), (place, next));
                    assert_eq!(chunk.start_frame % u64::from(plan.video.segment_frames), 0);
                    next += chunk.frames;
                }
                assert_eq!(next, frames, "{rate} {frames}");
                assert_eq!(plan.video.gop_frames % plan.video.trick.interval_frames, 0);
                assert_eq!(plan.video.segment_frames % plan.video.gop_frames, 0);
            }
        }
    }
}

#[test]
fn an_hdr_source_gets_a_tone_mapped_sdr_ladder_beside_its_own() {
    let plan = plan(
        &source(SourceVideo {
            range: VideoRange::Pq,
            bit_depth: 10,
            ..video()
        }),
        Preset::Fast,
    )
    .unwrap();
    assert_eq!(plan.video.tone_map, Some(VideoRange::Pq));
    let count = |codec| {
        plan.video
            .rungs
            .iter()
            .filter(|rung| rung.codec == codec)
            .count()
    };
    assert_eq!((count(Codec::H264), count(Codec::Hevc)), (7, 3));
    assert_eq!(plan.video.matrix, "bt2020nc");
}

#[test]
fn a_variable_rate_becomes_a_standard_one_and_the_plan_says_so() {
    let plan = plan(
        &source(SourceVideo {
            frame_rate: FrameRate {
                num: 2871,
                den: 100,
            },
            is_variable: true,
            frames: 1700,
            ..video()
        }),
        Preset::Fast,
    )
    .unwrap();
    assert_eq!(
        plan.video.frame_rate,
        FrameRate {
            num: 30000,
            den: 1001
        }
    );
    assert_eq!(plan.video.frames, 1798);
    assert_eq!(plan.video.preroll_frames, 30);
    assert_eq!(plan.notes.len(), 1);
}

#[test]
fn a_late_first_frame_keeps_its_place_on_the_grid() {
    let plan = plan(
        &source(SourceVideo {
            start_us: 100_000, // 2.4 frames
            ..video()
        }),
        Preset::Fast,
    )
    .unwrap();
    assert_eq!(plan.video.frames, 1442);
    assert_eq!(plan.video.phase_us, 16_667);
}

#[test]
fn every_reason_against_a_master_is_told_at_once() {
    let refusals = plan(
        &source(SourceVideo {
            width: 16_000,
            height: 10,
            frame_rate: FrameRate { num: 1000, den: 1 },
            frames: 0,
            duration_us: 0,
            dolby_vision: Some(DolbyVision {
                profile: 5,
                level: 6,
                compatibility_id: 0,
                has_rpu: true,
                has_base_layer: true,
                has_enhancement_layer: false,
            }),
            ..video()
        }),
        Preset::Fast,
    )
    .unwrap_err();
    let codes: Vec<_> = refusals
        .iter()
        .map(|refusal| refusal.code.as_str())
        .collect();
    assert_eq!(
        codes,
        [
            "size_unsupported",
            "frame_rate_unsupported",
            "no_duration",
            "no_frames",
            "dolby_vision_profile_5"
        ]
    );
    for refusal in refusals {
        assert!(refusal.problem.ends_with('.') && refusal.remedy.ends_with('.'));
    }
}

#[test]
fn ids_and_names_of_tracks_are_distinct_and_one_audio_track_is_the_default() {
    let audio = |language: &str, describes_video| SourceAudio {
        stream: 1,
        channels: 2,
        language: Some(language.to_owned()),
        describes_video,
        ..SourceAudio::default()
    };
    let text = |language: &str, is_text| SourceSubtitles {
        stream: Some(5),
        is_text,
        language: Some(language.to_owned()),
        ..SourceSubtitles::default()
    };
    let plan = plan(
        &Source {
            audio: vec![audio("eng", false), audio("eng", false), audio("eng", true)],
            subtitles: vec![
                text("eng", true),
                text("fra", true),
                text("eng", true),
                text("ger", false),
            ],
            ..source(video())
        },
        Preset::Fast,
    )
    .unwrap();
    let ids: Vec<_> = plan.audio.iter().map(|track| track.id.as_str()).collect();
    assert_eq!(ids, ["a-en-aac2", "a-en-aac2-2", "a-en-ad-aac2"]);
    let names: Vec<_> = plan.audio.iter().map(|track| track.name.as_str()).collect();
    assert_eq!(
        names,
        ["English", "English-2", "English (audio description)"]
    );
    assert_eq!(plan.audio.iter().filter(|track| track.default).count(), 1);
    let ids: Vec<_> = plan
        .subtitles
        .iter()
        .map(|track| track.id.as_str())
        .collect();
    assert_eq!(ids, ["s-en", "s-fr", "s-en-2"]);
    assert!(plan.notes[0].contains("German"));
}

fn uhd() -> SourceVideo {
    SourceVideo {
        width: 3840,
        height: 2160,
        range: VideoRange::Pq,
        bit_depth: 10,
        ..video()
    }
}

#[test]
fn a_4k_hdr_master_gives_more_than_twelve_variants_and_none_above_the_source() {
    let plan = plan(&source(uhd()), Preset::Standard).unwrap();
    let rungs = &plan.video.rungs;
    assert_eq!(rungs.len(), 33);
    assert!(
        rungs
            .iter()
            .all(|rung| rung.width <= 3840 && rung.height <= 2160)
    );
    let top = |codec, range| {
        let of_family = rungs
            .iter()
            .filter(|rung| (rung.codec, rung.range) == (codec, range));
        of_family.map(|rung| rung.height).max()
    };
    assert_eq!(top(Codec::H264, VideoRange::Sdr), Some(1080));
    assert_eq!(top(Codec::Hevc, VideoRange::Sdr), Some(2160));
    assert_eq!(top(Codec::Hevc, VideoRange::Pq), Some(2160));
    let quality = plan.video.quality.unwrap();
    assert_eq!(
        (quality.width, quality.height, quality.every),
        (1920, 1080, 1)
    );
}

#[test]
fn slow_encoders_do_what_is_above_1080p_in_bands_of_their_own_and_no_rung_is_lost() {
    let video = plan(&source(uhd()), Preset::Standard).unwrap().video;
    let bands = video.bands();
    let of = |band: &VideoPlan| {
        let highest = band.rungs.iter().map(|rung| rung.height).max();
        let is_sdr = band.rungs.iter().all(|rung| rung.range == VideoRange::Sdr);
        (highest, is_sdr)
    };
    assert_eq!(
        bands.iter().map(of).collect::<Vec<_>>(),
        [(Some(1080), false), (Some(2160), true), (Some(2160), false)]
    );
    let mut ids: Vec<_> = bands.iter().flat_map(|band| &band.rungs).collect();
    ids.sort_by_key(|rung| video.rungs.iter().position(|known| known == *rung));
    assert!(ids.into_iter().eq(&video.rungs));
    let quick = plan(&source(uhd()), Preset::Fast).unwrap().video;
    assert_eq!(quick.rungs.len(), 12);
    assert_eq!(quick.bands(), [quick]);
}

#[test]
fn a_plan_of_an_older_worker_can_still_be_read() {
    let plan = plan(&source(video()), Preset::Fast).unwrap();
    assert_eq!(plan.video.quality, None, "the fast preset measures nothing");
    let text = serde_json::to_string(&plan).unwrap();
    for field in ["quality", "dolbyVision", "complexity"] {
        assert!(!text.contains(field), "{field} would be new to it");
    }
    assert_eq!(serde_json::from_str::<Plan>(&text).unwrap(), plan);
}

#[test]
fn a_custom_ladder_replaces_apples_and_a_faulty_one_is_a_refusal() {
    let rung = |width, height, kbps| LadderRung {
        codec: Codec::H264,
        hdr: false,
        width,
        height,
        kbps,
        crf: 24,
        max_kbps: None,
    };
    let mut settings = Settings {
        ladder: Some(Ladder {
            name: "house".to_owned(),
            speed: Some("slow".to_owned()),
            per_title: None,
            rungs: vec![
                rung(640, 360, 500),
                rung(1280, 720, 1000),
                rung(3840, 2160, 2000),
            ],
        }),
        ..Preset::Standard.into()
    };
    let planned = plan(&source(video()), &settings).unwrap();
    let ids: Vec<_> = planned
        .video
        .rungs
        .iter()
        .map(|rung| rung.id.as_str())
        .collect();
    assert_eq!(ids, ["v360-500", "v720-1000", "v1080-1300"]);
    assert_eq!(planned.video.speed, "slow");
    settings.ladder.as_mut().unwrap().rungs[1].kbps = 5000;
    let refusals = plan(&source(video()), &settings).unwrap_err();
    assert_eq!(refusals.len(), 2, "{refusals:#?}");
    assert!(
        refusals
            .iter()
            .all(|refusal| refusal.code == "ladder_invalid")
    );
}

#[test]
fn dolby_vision_is_kept_where_its_base_is_compatible() {
    let check = |profile, base, range, kept: bool| {
        let plan = plan(
            &source(SourceVideo {
                range,
                dolby_vision: Some(DolbyVision {
                    profile,
                    level: 6,
                    compatibility_id: base,
                    has_rpu: true,
                    has_base_layer: true,
                    has_enhancement_layer: profile == 7,
                }),
                ..video()
            }),
            Preset::Fast,
        )
        .unwrap();
        assert_eq!(plan.video.dolby_vision, kept, "{profile}.{base}");
        let says_so = plan.notes.iter().any(|note| note.contains("Dolby Vision"));
        assert_eq!(says_so, !kept, "{profile}.{base}");
    };
    check(8, 1, VideoRange::Pq, true);
    check(8, 4, VideoRange::Hlg, true);
    check(8, 2, VideoRange::Sdr, false);
    check(7, 6, VideoRange::Pq, false);
}

#[test]
fn a_measured_window_is_whole_frames_of_the_chunks_middle() {
    let quality = QualityPlan {
        width: 640,
        height: 360,
        frames: 24,
        every: 2,
    };
    let window = |index, frames| {
        let chunk = Chunk {
            index,
            start_frame: 0,
            frames,
        };
        quality.window(&chunk, 48)
    };
    assert_eq!(window(0, 576), Some((240, 24)));
    assert_eq!(window(1, 576), None);
    assert_eq!(window(2, 20), Some((0, 20)));
}

#[test]
fn twice_the_frames_are_twice_the_work_and_a_small_rung_is_little_of_it() {
    let plan = plan(&source(video()), Preset::Fast).unwrap();
    let start = plan.video.effort_s(0);
    let once = plan.video.effort_s(100) - start;
    assert!(once > 0.0);
    assert!((plan.video.effort_s(200) - start - 2.0 * once).abs() < 1e-9);
    let mut small = plan.video.clone();
    small.rungs.retain(|rung| rung.height < 300);
    assert!(!small.rungs.is_empty() && small.effort_s(100) - start < once / 4.0);
    let second = u64::from(plan.video.frame_rate.num / plan.video.frame_rate.den);
    assert!(plan.video.time_ms(second).abs_diff(1000) < 45);
}
