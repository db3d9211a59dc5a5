//! Little masters, as words for ffmpeg.

/// 23.976 fps, stereo, English subtitles would need a file: sound and picture only.
pub(crate) const SMALL: &str = "-f lavfi -i 'testsrc2=s=640x360:r=24000/1001:d=13,noise=alls=12:allf=t:all_seed=3' \
    -f lavfi -i sine=440:d=13.2:r=44100 -c:v libx264 -preset ultrafast -crf 20 -pix_fmt yuv420p -g 60 -bf 2 \
    -c:a aac -metadata:s:a:0 language=eng -f mp4";

/// HDR10, two seconds.
pub(crate) const HDR10: &str = "-f lavfi -i testsrc2=s=640x360:r=24:d=2.5 -vf \
    'format=yuv420p10le,setparams=range=tv:color_primaries=bt2020:color_trc=smpte2084:colorspace=bt2020nc' \
    -c:v libx265 -preset ultrafast -profile:v main10 -tag:v hvc1 -x265-params \
    log-level=error:hdr10=1:repeat-headers=0:colorprim=bt2020:transfer=smpte2084:colormatrix=bt2020nc:range=limited:master-display=G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,50):max-cll=1000,400 \
    -f mp4";

/// Slow enough to be interrupted: noise in HD, two chunks.
pub(crate) const SLOW: &str = "-f lavfi -i 'testsrc2=s=1280x720:r=25:d=14,noise=alls=24:allf=t:all_seed=5' \
    -f lavfi -i sine=330:d=14 -c:v libx264 -preset ultrafast -crf 24 -pix_fmt yuv420p -c:a aac -f mp4";

/// Two cues.
pub(crate) const CAPTIONS: &str = "1\n00:00:00,500 --> 00:00:02,000\nGood evening.\n\n2\n00:00:05,000 --> 00:00:07,000\nGood night.\n";

/// HDR10 with sound and those subtitles: two segments, four GOPs.
pub(crate) fn hdr10_with_everything(captions: &std::path::Path) -> String {
    let (_, coding) = HDR10.split_once(" -vf").unwrap();
    let coding = coding.strip_suffix("-f mp4").unwrap();
    format!(
        "-f lavfi -i testsrc2=s=640x360:r=24:d=8 -f lavfi -i sine=330:d=8:r=48000 -i {} -vf{coding} \
         -map 0:v -map 1:a -map 2:s -c:a aac -ac 2 -c:s mov_text -metadata:s:a:0 language=eng -metadata:s:s:0 language=eng -f mp4",
        captions.display()
    )
}

/// "Should" rules that a test picture this short and small may break: no segment that is listed whole lasts 6 s, rates that
/// follow the picture more than the ladder, one trick-play rendition, no loudness box.
pub(crate) const SHORTCOMINGS: [&str; 7] = ["50", "51", "65", "67", "1.13", "90", "100"];
