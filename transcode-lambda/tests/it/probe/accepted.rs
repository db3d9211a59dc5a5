//! Films that are unusual and fine, and what the report says about them.

use serde_json::{Value, json};

use super::{BOUNDS, CLIP, Desk, corpus::unfit::dolby_vision, make, remux, surgery::Mp4};

struct Film {
    name: &'static str,
    bytes: Vec<u8>,
    /// Places in the report (RFC 6901) and what is there.
    expect: Vec<(&'static str, Value)>,
}

fn film(name: &'static str, bytes: Vec<u8>, expect: &[(&'static str, Value)]) -> Film {
    Film {
        name,
        bytes,
        expect: expect.to_vec(),
    }
}

const PICTURE: &str = "-f lavfi -i testsrc2=s=320x180:r=24:d=1";
const X264: &str = "-c:v libx264 -preset ultrafast -pix_fmt yuv420p";
const X265: &str = "-c:v libx265 -preset ultrafast -pix_fmt yuv420p10le -tag:v hvc1";

fn containers() -> Vec<Film> {
    let rate = "-f lavfi -i testsrc2=s=320x180:r=24000/1001:d=2";
    let prores = format!("{PICTURE} -c:v prores_ks -profile:v 3 -pix_fmt yuv422p10le");
    let mxf = "-f lavfi -i testsrc2=s=320x180:r=50:d=1 -vf interlace=lowpass=0 -c:v mpeg2video -b:v 2M -flags +ildct+ilme";
    let cover = format!(
        "{PICTURE} -f lavfi -i sine=440:d=1 -f lavfi -i color=red:s=64x64:d=0.04 -map 0 -map 2 -map 1 {X264} \
         -c:a aac -c:v:1 mjpeg -disposition:v:1 attached_pic"
    );
    vec![
        film(
            "23.976 frames a second in milliseconds (Matroska)",
            make(&format!("{rate} {X264} -g 12 -bf 2"), "matroska"),
            &[
                ("/video/fps", json!(23.976)),
                ("/video/isVariable", json!(false)),
                ("/video/keyFrames/intervalFrames", json!(12)),
                ("/video/keyFrames/isClosed", json!(true)),
                ("/video/frames", json!(48)),
            ],
        ),
        film(
            "open groups of pictures",
            make(
                &format!("{rate} {X264} -g 12 -bf 2 -x264-params open-gop=1"),
                "mp4",
            ),
            &[("/video/keyFrames/isClosed", json!(false))],
        ),
        film(
            "ProRes in MOV",
            make(&prores, "mov"),
            &[
                ("/video/codec", json!("prores")),
                ("/video/profile", json!("HQ")),
                ("/video/bitDepth", json!(10)),
                ("/video/keyFrames/intervalFrames", json!(1)),
            ],
        ),
        film(
            "interlaced MPEG-2 in MXF",
            make(mxf, "mxf"),
            &[
                ("/container", json!("mxf")),
                ("/video/isInterlaced", json!(true)),
                ("/video/topFieldFirst", json!(true)),
            ],
        ),
        film(
            "a transport stream that begins after a hundred seconds",
            remux("-output_ts_offset 100", "mpegts"),
            &[
                ("/container", json!("mpegts")),
                ("/video/frames", json!(48)),
                ("/audio/0/codec", json!("aac")),
            ],
        ),
        film(
            "a cover picture",
            make(&cover, "mp4"),
            &[("/other/0", json!("cover picture (mjpeg)"))],
        ),
        film(
            "an edit list that shows the first half",
            Mp4(CLIP.clone()).put("elst", 12, 48_000).0,
            &[("/video/width", json!(320))],
        ),
    ]
}

fn pictures() -> Vec<Film> {
    let varying = "-vf settb=1/24000,setpts='PTS+if(mod(N\\,3)\\,400\\,0)' -fps_mode passthrough -enc_time_base 1/24000";
    let square = "-f lavfi -i testsrc2=s=360x288:r=25:d=1,setsar=64/45";
    let fields = |filter: &str| {
        let source = format!("-f lavfi -i mandelbrot=s=720x576:r=50,trim=end_frame=60,{filter}");
        make(
            &format!("{source} -c:v mjpeg -q:v 5 -pix_fmt yuvj420p"),
            "avi",
        )
    };
    let display = Mp4(remux("", "mp4"))
        .put("tkhd", 44, 0)
        .put("tkhd", 48, 0x1_0000);
    let display = display
        .put("tkhd", 56, 0x1_0000_u32.wrapping_neg())
        .put("tkhd", 60, 0);
    vec![
        film(
            "a rate that varies",
            make(&format!("{PICTURE} {varying} {X264}"), "mp4"),
            &[("/video/isVariable", json!(true))],
        ),
        film(
            "a picture turned upright",
            display.0,
            &[("/video/rotation", json!(90))],
        ),
        film(
            "samples that are not square",
            make(&format!("{square} {X264}"), "mp4"),
            &[("/video/sampleAspect", json!("64:45"))],
        ),
        film(
            "odd sides",
            make(
                "-f lavfi -i testsrc2=s=320x180:r=24:d=1 -vf format=yuv444p,crop=319:179 -c:v libx264 -preset ultrafast",
                "mp4",
            ),
            &[("/video/width", json!(319)), ("/video/height", json!(179))],
        ),
        film(
            "black borders",
            make(
                &format!("-f lavfi -i testsrc2=s=320x136:r=24:d=1 -vf pad=320:180:0:22 {X264}"),
                "mp4",
            ),
            &[(
                "/video/active",
                json!({"x": 0, "y": 22, "width": 320, "height": 136}),
            )],
        ),
        film(
            "fields that nobody tagged",
            fields("interlace=lowpass=0"),
            &[
                ("/video/isInterlaced", json!(true)),
                ("/video/topFieldFirst", json!(true)),
            ],
        ),
        film(
            "frames that nobody tagged",
            fields("fps=25"),
            &[("/video/isInterlaced", json!(false))],
        ),
    ]
}

fn colours() -> Vec<Film> {
    let signal = |transfer: &str, more: &str| {
        let colour = format!(
            "setparams=range=tv:color_primaries=bt2020:color_trc={transfer}:colorspace=bt2020nc"
        );
        let params = format!(
            "log-level=error:colorprim=bt2020:transfer={transfer}:colormatrix=bt2020nc:range=limited{more}"
        );
        make(
            &format!("{PICTURE} -vf format=yuv420p10le,{colour} {X265} -x265-params {params}"),
            "mp4",
        )
    };
    let display = ":hdr10=1:chromaloc=2:master-display=G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,50):max-cll=800,400";
    vec![
        film(
            "HLG",
            signal("arib-std-b67", ""),
            &[
                ("/video/range", json!("HLG")),
                ("/video/hdr", Value::Null),
                ("/video/matrix", json!("bt2020nc")),
            ],
        ),
        film(
            "HDR10",
            signal("smpte2084", display),
            &[
                ("/video/range", json!("PQ")),
                ("/video/bitDepth", json!(10)),
                ("/video/profile", json!("Main 10")),
                ("/video/primaries", json!("bt2020")),
                ("/video/chromaLocation", json!("topleft")),
                ("/video/hdr/maxNits", json!(1000.0)),
                ("/video/hdr/minNits", json!(0.005)),
                ("/video/hdr/red", json!([0.68, 0.32])),
                ("/video/hdr/maxCll", json!(800)),
                ("/video/hdr/maxFall", json!(400)),
            ],
        ),
        film(
            "Dolby Vision 8.1",
            dolby_vision(8, 1),
            &[(
                "/video/dolbyVision",
                json!({"profile": 8, "level": 6, "compatibilityId": 1, "hasRpu": true, "hasBaseLayer": true, "hasEnhancementLayer": false}),
            )],
        ),
    ]
}

fn sounds() -> Vec<Film> {
    let surround =
        "-f lavfi -i anoisesrc=d=4:a=0.1:seed=1,pan=5.1|c0=c0|c1=c0|c2=c0|c3=c0|c4=c0|c5=c0";
    let picture = "-f lavfi -i testsrc2=s=320x180:r=24:d=4";
    let name = ["A very long name."; 20].join(" ");
    let tracks = format!(
        "{picture} {surround} -f lavfi -i sine=1000:d=4 -f lavfi -i anullsrc=d=4 -map 0 -map 1 -map 2 -map 3 {X264} \
         -c:a:0 eac3 -c:a:1 aac -c:a:2 aac -metadata:s:a:0 language=pt-BR -metadata:s:a:0 title='{name}' \
         -metadata:s:a:1 language=eng -disposition:a:1 visual_impaired+descriptions -t 4"
    );
    vec![
        film("no sound", remux("-an", "mp4"), &[("/audio", json!([]))]),
        film(
            "three tracks",
            make(&tracks, "matroska"),
            &[
                ("/audio/0/codec", json!("eac3")),
                ("/audio/0/channels", json!(6)),
                ("/audio/0/layout", json!("5.1(side)")),
                ("/audio/0/language", json!("pt-BR")),
                ("/audio/0/title", json!(name)),
                ("/audio/0/isJoc", json!(false)),
                ("/audio/0/sampleRate", json!(48_000)),
                ("/audio/0/loudness/isSampled", json!(false)),
                ("/audio/1/describesVideo", json!(true)),
                ("/audio/2/loudness", Value::Null),
                ("/notes/0", json!("Audio stream 3 is silent.")),
            ],
        ),
    ]
}

#[tokio::test]
async fn an_unusual_film_is_accepted_and_described() {
    let desk = Desk::open().await;
    let films = [containers(), pictures(), colours(), sounds()];
    let mut wrong = Vec::new();
    for film in films.into_iter().flatten() {
        let file = desk.place("film", &film.bytes);
        let found = match desk.probe(&file, BOUNDS).await {
            Ok(found) => serde_json::to_value(found.report()).unwrap(),
            Err(error) => {
                wrong.push(format!("{}: {error:#}", film.name));
                continue;
            }
        };
        for (place, expect) in film.expect {
            let there = found.pointer(place).unwrap_or(&Value::Null);
            if *there != expect {
                wrong.push(format!("{}: {place} is {there}, not {expect}", film.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn a_tone_of_known_loudness_is_measured() {
    let desk = Desk::open().await;
    // EBU Tech 3341, test 1: a stereo sine of 1 kHz at −23 dBFS is −23 LUFS.
    let tone = "aevalsrc='0.0708*sin(2*PI*1000*t)|0.0708*sin(2*PI*1000*t)':s=48000:d=5";
    let words = format!("{PICTURE} -f lavfi -i {tone} {X264} -c:a pcm_s24le");
    let file = desk.place("tone.mov", &make(&words, "mov"));
    let found = desk.probe(&file, BOUNDS).await.unwrap();
    let loudness = found.source.audio[0].loudness.unwrap();
    assert!(
        (loudness.integrated_lufs + 23.0).abs() <= 0.2,
        "{loudness:?}"
    );
    assert!(
        (loudness.true_peak_dbtp + 23.0).abs() <= 0.3,
        "{loudness:?}"
    );
    assert!(!loudness.is_sampled);
}

#[tokio::test]
async fn chapters_and_subtitles_are_told() {
    let desk = Desk::open().await;
    let chapters = ";FFMETADATA1\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=700\ntitle=Opening\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=700\nEND=1000\n";
    let chapters = desk.place("chapters.txt", chapters.as_bytes());
    let text = desk.place("text.srt", b"1\n00:00:00,100 --> 00:00:00,900\nHello.\n");
    let words = format!(
        "{PICTURE} -i {} -i {} -map 0 -map 2 -map 2 -map_metadata 1 {X264} -c:s srt -metadata:s:s:0 language=eng \
         -disposition:s:0 forced -disposition:s:1 hearing_impaired",
        chapters.display(),
        text.display()
    );
    let file = desk.place("film.mkv", &make(&words, "matroska"));
    let source = desk.probe(&file, BOUNDS).await.unwrap().source;
    let chapters: Vec<_> = source
        .chapters
        .iter()
        .map(|chapter| (chapter.start_us, chapter.title.as_deref()))
        .collect();
    assert_eq!(chapters, [(0, Some("Opening")), (700_000, None)]);
    let subtitles: Vec<_> = source
        .subtitles
        .iter()
        .map(|track| (track.is_text, track.is_forced, track.is_sdh))
        .collect();
    assert_eq!(subtitles, [(true, true, false), (true, false, true)]);
}
