//! Answer patterns of receivers that say "200 OK" and mean no (postbacks.md 4.6).

/// Ready-made answer patterns for one receiver.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Preset {
    /// Stable key.
    pub key: &'static str,
    /// Name for people.
    pub label: &'static str,
    /// Endings of host names that are this receiver's; empty where affiliates host it themselves.
    pub hosts: &'static [&'static str],
    /// For `success_pattern`.
    pub success_pattern: Option<&'static str>,
    /// For `failure_pattern`.
    pub failure_pattern: Option<&'static str>,
    /// What else to know.
    pub hint: &'static str,
}

/// All presets.
pub const PRESETS: &[Preset] = &[
    Preset {
        key: "tune",
        label: "TUNE (HasOffers)",
        hosts: &["go2cloud.org", "hasoffers.com"],
        success_pattern: None,
        failure_pattern: Some("success=false"),
        hint: "Answers 200 with success=true; or success=false; err_msg=…",
    },
    Preset {
        key: "richads",
        label: "RichAds",
        hosts: &["auxml.com", "richads.com"],
        success_pattern: None,
        failure_pattern: Some("Required url parameters are not present"),
        hint: "Answers 200 also when a parameter is missing",
    },
    Preset {
        key: "evadav",
        label: "EvaDav",
        hosts: &["evadav.com"],
        success_pattern: None,
        failure_pattern: Some(r#"/"status"\s*:\s*"error"/"#),
        hint: "Takes GET only; answers 200 with a status in JSON",
    },
    Preset {
        key: "keitaro",
        label: "Keitaro",
        hosts: &[],
        success_pattern: Some("OK"),
        failure_pattern: None,
        hint: "Add return=OK to the URL; the answer is then OK",
    },
];

impl Preset {
    /// The preset for a host name, where the host tells the receiver.
    #[must_use]
    pub fn for_host(host: &str) -> Option<&'static Self> {
        let host = host.to_ascii_lowercase();
        PRESETS.iter().find(|preset| {
            preset.hosts.iter().any(|ending| {
                host.strip_suffix(ending).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
            })
        })
    }
}
