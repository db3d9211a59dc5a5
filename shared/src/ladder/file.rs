//! Ladders as TOML: every fault is found in one reading, with its line.
//!
//! ```toml
//! name = "house"
//!
//! [[rung]]
//! codec = "h264"
//! range = "sdr"
//! box = "640x360"
//! kbps = 365
//! crf = 27
//! ```

use std::collections::HashMap;

use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::{
    Codec,
    custom::{Fault, Ladder, LadderRung, field_of},
};

const OF_THE_FILE: [&str; 4] = ["name", "speed", "per_title", "rung"];
const OF_A_RUNG: [&str; 6] = ["codec", "range", "box", "kbps", "crf", "max_kbps"];

impl Ladder {
    /// Reads a ladder file. The error lists every fault; what rungs are to one another is judged when all could be read.
    pub fn parse(text: &str) -> Result<Self, Vec<Fault>> {
        let (root, errors) = DeTable::parse_recoverable(text);
        let mut reading = Reading {
            text,
            lines: HashMap::new(),
            faults: Vec::new(),
            of_rungs: Vec::new(),
        };
        for error in errors {
            let at = error.span().map_or(0, |span| span.start);
            let problem = format!("{}.", error.message().trim_end_matches('.'));
            reading.fault(
                at,
                "the file",
                problem,
                "Write it as TOML; see the example.",
            );
        }
        if !reading.faults.is_empty() {
            return Err(reading.faults);
        }
        let ladder = reading.ladder(&Fields::new(&root, None));
        let Reading {
            mut faults,
            of_rungs,
            lines,
            ..
        } = reading;
        let of_sense = if faults.is_empty() {
            ladder.faults()
        } else {
            of_rungs
        };
        faults.extend(of_sense.into_iter().map(|fault| Fault {
            line: lines.get(&fault.field).copied(),
            ..fault
        }));
        if faults.is_empty() {
            Ok(ladder)
        } else {
            faults.sort_by_key(|fault| fault.line);
            Err(faults)
        }
    }
}

/// A table, and which rung it is.
struct Fields<'t> {
    table: &'t DeTable<'t>,
    start: usize,
    rung: Option<usize>,
}

impl<'t> Fields<'t> {
    fn new(table: &'t Spanned<DeTable<'t>>, rung: Option<usize>) -> Self {
        Self {
            table: table.get_ref(),
            start: table.span().start,
            rung,
        }
    }

    fn named(&self, name: &str) -> String {
        match self.rung {
            Some(place) => field_of(place, name),
            None => name.to_owned(),
        }
    }
}

struct Reading<'t> {
    text: &'t str,
    lines: HashMap<String, usize>,
    faults: Vec<Fault>,
    /// What is wrong within the rungs that could be read.
    of_rungs: Vec<Fault>,
}

impl Reading<'_> {
    fn line(&self, at: usize) -> usize {
        let before = self.text.get(..at).unwrap_or(self.text);
        before.matches('\n').count() + 1
    }

    fn fault(&mut self, at: usize, field: &str, problem: impl Into<String>, remedy: &str) {
        self.faults.push(Fault {
            line: Some(self.line(at)),
            field: field.to_owned(),
            problem: problem.into(),
            remedy: remedy.to_owned(),
        });
    }

    fn ladder(&mut self, root: &Fields<'_>) -> Ladder {
        self.refuse_unknown(root, &OF_THE_FILE);
        let name = self.word(
            root,
            "name",
            "Give the ladder a name, as in name = \"house\".",
        );
        let speed = root.table.contains_key("speed").then(|| {
            let remedy = "Use \"veryfast\", \"medium\" or \"slow\".";
            self.word(root, "speed", remedy)
        });
        let per_title = self.flag(root, "per_title");
        let mut rungs = Vec::new();
        let tables = root.table.get("rung");
        let tables = tables.and_then(|value| value.get_ref().as_array());
        if tables.is_none_or(|tables| tables.is_empty()) {
            let remedy = "Add [[rung]] tables with codec, range, box, kbps and crf.";
            self.fault(root.start, "rung", "There is no rung.", remedy);
        }
        for (place, value) in tables
            .into_iter()
            .flat_map(|tables| tables.iter())
            .enumerate()
        {
            let start = value.span().start;
            match value.get_ref() {
                DeValue::Table(table) => {
                    let fields = Fields {
                        table,
                        start,
                        rung: Some(place),
                    };
                    let rung = self.rung(&fields);
                    self.of_rungs
                        .extend(rung.iter().flat_map(|rung| rung.faults(place)));
                    rungs.extend(rung);
                }
                _ => self.fault(
                    start,
                    &format!("rung {}", place + 1),
                    "It is no table.",
                    "Begin each rung with [[rung]].",
                ),
            }
        }
        Ladder {
            name: name.unwrap_or_default(),
            speed: speed.flatten(),
            per_title,
            rungs,
        }
    }

    fn rung(&mut self, fields: &Fields<'_>) -> Option<LadderRung> {
        self.refuse_unknown(fields, &OF_A_RUNG);
        self.lines
            .insert(fields.named("max_kbps"), self.line(fields.start));
        let codec = self.choice(
            fields,
            "codec",
            &[
                ("h264", Codec::H264),
                ("hevc", Codec::Hevc),
                ("av1", Codec::Av1),
            ],
        );
        let hdr = self.choice(fields, "range", &[("sdr", false), ("hdr", true)]);
        let remedy = "Give the box that the picture fits into, as in \"1920x1080\".";
        let size = self.word(fields, "box", remedy).and_then(|text| {
            let sides = text
                .split_once('x')
                .and_then(|(width, height)| Some((width.parse().ok()?, height.parse().ok()?)));
            if sides.is_none() {
                self.about(fields, "box", format!("`{text}` is no size."), remedy);
            }
            sides
        });
        let kbps = self.number(fields, "kbps", "Give the average rate in kbit/s.");
        let crf = self.number(fields, "crf", "Give the rate factor, as in crf = 23.");
        let max_kbps = fields.table.contains_key("max_kbps").then(|| {
            let remedy = "Give the peak rate in kbit/s, or leave it out.";
            self.number(fields, "max_kbps", remedy)
        });
        let (width, height) = size?;
        Some(LadderRung {
            codec: codec?,
            hdr: hdr?,
            width,
            height,
            kbps: kbps?,
            crf: crf?,
            max_kbps: max_kbps.flatten(),
        })
    }

    /// A fault of a field that is there.
    fn about(&mut self, fields: &Fields<'_>, name: &str, problem: String, remedy: &str) {
        let at = fields.table.get(name).map(|value| value.span().start);
        self.fault(
            at.unwrap_or(fields.start),
            &fields.named(name),
            problem,
            remedy,
        );
    }

    /// The field's value, its line remembered; a fault when it is missing.
    fn value<'f>(
        &mut self,
        fields: &'f Fields<'_>,
        name: &str,
        remedy: &str,
    ) -> Option<&'f DeValue<'f>> {
        let named = fields.named(name);
        let Some(value) = fields.table.get(name) else {
            self.fault(fields.start, &named, "It is missing.", remedy);
            return None;
        };
        let line = self.line(value.span().start);
        self.lines.insert(named, line);
        Some(value.get_ref())
    }

    fn word(&mut self, fields: &Fields<'_>, name: &str, remedy: &str) -> Option<String> {
        let word = self.value(fields, name, remedy)?.as_str();
        if word.is_none() {
            self.about(fields, name, "It is no text.".to_owned(), remedy);
        }
        word.map(str::to_owned)
    }

    fn number(&mut self, fields: &Fields<'_>, name: &str, remedy: &str) -> Option<u32> {
        let number = self.value(fields, name, remedy)?.as_integer();
        let number =
            number.and_then(|digits| u32::from_str_radix(digits.as_str(), digits.radix()).ok());
        if number.is_none() {
            let problem = "It is no whole number from 0.".to_owned();
            self.about(fields, name, problem, remedy);
        }
        number
    }

    fn flag(&mut self, fields: &Fields<'_>, name: &str) -> Option<bool> {
        let flag = fields.table.get(name)?.get_ref().as_bool();
        if flag.is_none() {
            let problem = "It is neither true nor false.".to_owned();
            self.about(fields, name, problem, "Use true or false.");
        }
        flag
    }

    fn choice<T: Copy>(
        &mut self,
        fields: &Fields<'_>,
        name: &str,
        choices: &[(&str, T)],
    ) -> Option<T> {
        let names: Vec<String> = choices
            .iter()
            .map(|(name, _)| format!("\"{name}\""))
            .collect();
        let remedy = format!("Use {}.", names.join(" or "));
        let word = self.word(fields, name, &remedy)?;
        let found = choices.iter().find(|(name, _)| *name == word);
        if found.is_none() {
            self.about(
                fields,
                name,
                format!("There is no {name} `{word}`."),
                &remedy,
            );
        }
        found.map(|(_, choice)| *choice)
    }

    fn refuse_unknown(&mut self, fields: &Fields<'_>, known: &[&str]) {
        for name in fields.table.keys() {
            if !known.contains(&name.get_ref().as_ref()) {
                let remedy = format!("Known fields are {}.", known.join(", "));
                let named = fields.named(name.get_ref());
                self.fault(name.span().start, &named, "It is unknown.", &remedy);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"
name = "house"
speed = "slow"
per_title = false

[[rung]]
codec = "h264"
range = "sdr"
box = "640x360"
kbps = 365
crf = 27

[[rung]]
codec = "h264"
range = "sdr"
box = "960x540"
kbps = 730
crf = 25
max_kbps = 1_200
"#;

    fn faults(text: &str) -> Vec<String> {
        let faults = Ladder::parse(text).unwrap_err();
        faults.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_good_file_is_read_whole() {
        let ladder = Ladder::parse(GOOD).unwrap();
        assert_eq!(
            (ladder.name.as_str(), ladder.speed.as_deref()),
            ("house", Some("slow"))
        );
        assert_eq!(ladder.per_title, Some(false));
        let rung = &ladder.rungs[1];
        assert_eq!((rung.codec, rung.hdr), (Codec::H264, false));
        assert_eq!((rung.width, rung.height), (960, 540));
        assert_eq!((rung.kbps, rung.crf, rung.max_kbps), (730, 25, Some(1200)));
        let json = serde_json::to_string(&ladder).unwrap();
        assert_eq!(serde_json::from_str::<Ladder>(&json).unwrap(), ladder);
    }

    #[test]
    fn every_fault_of_form_is_listed_with_its_line_its_field_and_a_remedy() {
        let text = GOOD
            .replace("name = \"house\"", "title = \"house\"")
            .replace("per_title = false", "per_title = \"no\"")
            .replace(
                "codec = \"h264\"\nrange = \"sdr\"\nbox = \"640x360\"",
                "codec = \"vp9\"\nbox = \"360p\"",
            )
            .replace("kbps = 730", "kbps = 73.5")
            .replace("max_kbps = 1_200", "\n[[rung]]\ncodec = \"h264\"\nrange = \"hdr\"\nbox = \"640x360\"\nkbps = 90\ncrf = 99");
        assert_eq!(
            faults(&text),
            [
                "line 1, name: It is missing. Give the ladder a name, as in name = \"house\".",
                "line 2, title: It is unknown. Known fields are name, speed, per_title, rung.",
                "line 4, per_title: It is neither true nor false. Use true or false.",
                "line 6, rung 1, range: It is missing. Use \"sdr\" or \"hdr\".",
                "line 7, rung 1, codec: There is no codec `vp9`. Use \"h264\" or \"hevc\" or \"av1\".",
                "line 8, rung 1, box: `360p` is no size. Give the box that the picture fits into, as in \"1920x1080\".",
                "line 16, rung 2, kbps: It is no whole number from 0. Give the average rate in kbit/s.",
                "line 21, rung 3, range: H.264 here is 8 bit, which HDR is not. Use codec = \"hevc\" or \"av1\", or range = \"sdr\".",
                "line 24, rung 3, crf: There is no rate factor 99. Use 1 to 51; less is better.",
            ]
        );
    }

    #[test]
    fn every_fault_of_sense_is_listed_too() {
        let text = GOOD
            .replace("speed = \"slow\"", "speed = \"warp\"")
            .replace("\"640x360\"", "\"641x360\"")
            .replace("kbps = 365\ncrf = 27", "kbps = 365\ncrf = 77")
            .replace(
                "range = \"sdr\"\nbox = \"960x540\"",
                "range = \"hdr\"\nbox = \"960x540\"",
            )
            .replace("1_200", "2000");
        let found = faults(&text);
        let fields: Vec<_> = found
            .iter()
            .map(|fault| fault.split(": ").next().unwrap())
            .collect();
        assert_eq!(
            fields,
            [
                "line 3, speed",
                "line 7, rung 1, codec",
                "line 9, rung 1, box",
                "line 11, rung 1, crf",
                "line 14, rung 2, codec",
                "line 15, rung 2, range",
                "line 19, rung 2, max_kbps",
            ],
            "{found:#?}"
        );
    }

    #[test]
    fn neighbours_of_a_family_rise_in_even_steps() {
        let check = |kbps: &str, expect: &str| {
            let found = faults(
                &GOOD
                    .replace("kbps = 730", kbps)
                    .replace("max_kbps = 1_200", ""),
            );
            assert_eq!(found.len(), 1, "{found:#?}");
            assert!(
                found[0].starts_with("line 17, rung 2, kbps: ") && found[0].contains(expect),
                "{found:#?}"
            );
        };
        check("kbps = 400", "is 1.10 times the 365");
        check("kbps = 2000", "use 475 to 803");
        check("kbps = 300", "0.82");
        let small = faults(&GOOD.replace("960x540", "416x234"));
        assert!(small[0].starts_with("line 16, rung 2, box: "), "{small:#?}");
    }

    #[test]
    fn a_ladder_without_h264_is_none_and_neither_is_a_broken_file() {
        let found = faults(&GOOD.replace("h264", "hevc"));
        assert!(
            found[0].starts_with("rung: No rung is H.264 in SDR"),
            "{found:#?}"
        );
        let found = faults("name = \"x\"\n[[rung\n");
        assert!(found[0].starts_with("line 2, the file: "), "{found:#?}");
        assert_eq!(faults("name = \"x\"").len(), 1);
    }
}
