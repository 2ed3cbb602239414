//! "All of them", "only these", "all but these": what a postback's scope and filters are made of.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Which programs or affiliates a postback is for (I4, T15). Written `"all"`, `[…]` or
/// `{"except": […]}`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Selection<T> {
    /// Every one, also events that belong to none.
    #[default]
    All,
    /// Only these.
    Only(Vec<T>),
    /// Every one but these.
    Except(Vec<T>),
}

impl<T: PartialEq> Selection<T> {
    /// Whether `item` is in it. An event without a program or affiliate is in everything that is
    /// not a list of named ones.
    #[must_use]
    pub fn contains(&self, item: Option<&T>) -> bool {
        match self {
            Self::All => true,
            Self::Only(listed) => item.is_some_and(|item| listed.contains(item)),
            Self::Except(listed) => item.is_none_or(|item| !listed.contains(item)),
        }
    }
}

/// A condition on a word of the event. Written `"any"` or a list.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Filter {
    /// No condition.
    #[default]
    Any,
    /// One of these must apply.
    Only(Vec<String>),
}

impl Filter {
    /// Whether the condition holds, given how one listed word is compared.
    #[must_use]
    pub fn passes(&self, takes: impl Fn(&str) -> bool) -> bool {
        match self {
            Self::Any => true,
            Self::Only(listed) => listed.iter().any(|word| takes(word)),
        }
    }

    /// The words listed; none for "any".
    #[must_use]
    pub fn words(&self) -> &[String] {
        match self {
            Self::Any => &[],
            Self::Only(listed) => listed,
        }
    }
}

#[derive(Deserialize)]
#[serde(untagged, expecting = "expected \"all\", a list, or {\"except\": [...]}")]
enum SelectionText<T> {
    Word(Word),
    Only(Vec<T>),
    Except(ExceptText<T>),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ExceptText<T> {
    except: Vec<T>,
}

#[derive(Deserialize)]
#[serde(untagged, expecting = "expected \"any\" or a list of words")]
enum FilterText {
    Word(Word),
    Only(Vec<String>),
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Word {
    #[serde(alias = "any")]
    All,
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Selection<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(match SelectionText::deserialize(deserializer)? {
            SelectionText::Word(Word::All) => Self::All,
            SelectionText::Only(listed) => Self::Only(listed),
            SelectionText::Except(ExceptText { except }) => Self::Except(except),
        })
    }
}

impl<T: Serialize> Serialize for Selection<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::All => serializer.serialize_str("all"),
            Self::Only(listed) => listed.serialize(serializer),
            Self::Except(listed) => serializer.collect_map([("except", listed)]),
        }
    }
}

impl<'de> Deserialize<'de> for Filter {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(match FilterText::deserialize(deserializer)? {
            FilterText::Word(Word::All) => Self::Any,
            FilterText::Only(listed) => Self::Only(listed),
        })
    }
}

impl Serialize for Filter {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Any => serializer.serialize_str("any"),
            Self::Only(listed) => listed.serialize(serializer),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_three_spellings_read_and_write_alike() {
        for text in [r#""all""#, "[1,2]", r#"{"except":[3]}"#] {
            let selection: Selection<i64> = serde_json::from_str(text).unwrap();
            assert_eq!(serde_json::to_string(&selection).unwrap(), text);
        }
        for text in [r#""any""#, r#"["approved"]"#] {
            let filter: Filter = serde_json::from_str(text).unwrap();
            assert_eq!(serde_json::to_string(&filter).unwrap(), text);
        }
        assert_eq!(serde_json::from_str::<Selection<i64>>(r#""any""#).unwrap(), Selection::All);
    }

    #[test]
    fn a_wrong_spelling_says_what_is_right() {
        let error = serde_json::from_str::<Selection<i64>>(r#""some""#).unwrap_err().to_string();
        assert!(error.starts_with("expected \"all\", a list"), "{error}");
        let error = serde_json::from_str::<Selection<i64>>(r#"{"except":[1],"x":2}"#);
        assert!(error.is_err());
    }

    #[test]
    fn i04_a_list_excludes_events_that_belong_to_none() {
        assert!(Selection::<i64>::All.contains(None));
        assert!(!Selection::Only(vec![1]).contains(None));
        assert!(Selection::Except(vec![1]).contains(None));
        assert!(Selection::Except(vec![1]).contains(Some(&2)));
        assert!(!Selection::Except(vec![1]).contains(Some(&1)));
        assert!(!Selection::Only(Vec::<i64>::new()).contains(Some(&1)));
    }
}
