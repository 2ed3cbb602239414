//! placeholder

#[cfg(test)]
mod golden;
#[cfg(test)]
mod histories;
