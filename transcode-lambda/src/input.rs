//! What ffmpeg and ffprobe may open, and as what. A file that arrives from outside decides by its content how it is read, and
//! some formats name other files and addresses: playlists, concatenation scripts, session descriptions. None of them is a
//! master, so none of them may be recognised, and no protocol may be spoken but the one that the input itself needs.

/// Containers that hold films. ffmpeg's names.
const FILMS: &str = "mov,matroska,webm,mxf,mpegts,mpeg,avi,gxf,nut";

/// More streams than any delivery has; a damaged or hostile header claims thousands.
pub const MOST_STREAMS: usize = 256;

/// Arguments that open a master.
pub fn film(input: &str) -> Vec<String> {
    let most_streams = MOST_STREAMS.to_string();
    let mut words = vec!["-format_whitelist", FILMS, "-max_streams", &most_streams];
    // An object store that closes a connection in the middle of a long film is not a film that ends there.
    let transport = if is_remote(input) {
        "-protocol_whitelist http,https,tcp,tls -reconnect 1 -reconnect_on_network_error 1 \
         -reconnect_on_http_error 429,5xx -reconnect_delay_max 8"
    } else {
        "-protocol_whitelist file"
    };
    words.extend(transport.split_whitespace());
    words.extend(["-i", input]);
    words.into_iter().map(str::to_owned).collect()
}

/// Whether an input is read over the network, where a failure may be the network's.
pub fn is_remote(input: &str) -> bool {
    input.starts_with("http://") || input.starts_with("https://")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_input_speaks_only_its_own_protocol() {
        let protocols = |words: Vec<String>| {
            let at = words.iter().position(|word| word == "-protocol_whitelist");
            words[at.unwrap() + 1].clone()
        };
        assert_eq!(protocols(film("/objects/masters/a")), "file");
        assert_eq!(
            protocols(film("https://bucket.example/masters/a?signature")),
            "http,https,tcp,tls"
        );
    }
}
