//! QR codes as one SVG path of horizontal runs: crisp at any size, and a third of the bytes of a square for each module.

use std::fmt::Write;

use qrcode::bits::Bits;
use qrcode::{EcLevel, QrCode, Version};

use crate::error::{Error, Result};

/// Light modules around the symbol, as the standard asks.
const QUIET: usize = 4;

/// A drawn symbol.
#[derive(Debug, Clone)]
pub struct Symbol {
    /// Modules on a side, quiet zone included: the SVG's view box.
    pub side: usize,
    /// The dark modules.
    pub path: String,
}

/// The smallest symbol for a text. Capitals go in one alphanumeric segment: the library would cut them at runs of digits,
/// which costs a token one version.
fn encode(text: &str) -> Result<QrCode, qrcode::types::QrError> {
    if !text.bytes().all(is_alphanumeric) {
        return QrCode::with_error_correction_level(text, EcLevel::M);
    }
    let in_version = |version| {
        let mut bits = Bits::new(Version::Normal(version));
        bits.push_alphanumeric_data(text.as_bytes())?;
        bits.push_terminator(EcLevel::M)?;
        QrCode::with_bits(bits, EcLevel::M)
    };
    (1..40).find_map(|version| in_version(version).ok()).map_or_else(|| in_version(40), Ok)
}

/// The 45 characters that a QR code packs two in eleven bits.
fn is_alphanumeric(byte: u8) -> bool {
    byte.is_ascii_uppercase() || byte.is_ascii_digit() || b" $%*+-./:".contains(&byte)
}

/// Draws a text at error correction level M.
pub fn draw(text: &str) -> Result<Symbol> {
    let code = encode(text).map_err(|error| Error::Internal(error.to_string()))?;
    let width = code.width();
    let colors = code.to_colors();
    let mut path = String::with_capacity(8 * 1024);
    for (y, row) in colors.chunks(width).enumerate() {
        let mut x = 0;
        while x < width {
            let dark = row[x..].iter().take_while(|module| **module == qrcode::Color::Dark).count();
            if dark > 0 {
                // Writing into a string cannot fail.
                let _ = write!(path, "M{} {}h{dark}v1h-{dark}z", x + QUIET, y + QUIET);
            }
            x += dark.max(1);
        }
    }
    Ok(Symbol { side: width + 2 * QUIET, path })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_token_with_a_host_of_twenty_characters_fits_version_8() {
        let cose = [0x5a; crate::domain::token::MAX_BYTES];
        let text = crate::domain::token::qr_text("https://twenty-character.in1", &cose);
        let code = encode(&text).unwrap();
        assert_eq!((code.version(), code.error_correction_level()), (Version::Normal(8), EcLevel::M));
        assert_eq!(draw(&text).unwrap().side, 49 + 2 * QUIET);
    }

    #[test]
    fn an_independent_reader_reads_what_was_drawn() {
        let text = "HTTPS://BAARI.EXAMPLE.ORG/T/2KCENIQBEYCECANA7LIU2345AB";
        let code = encode(text).unwrap();
        let (width, colors) = (code.width(), code.to_colors());
        let dot = 4;
        let dark = |x: usize, y: usize| {
            let inside = |at: usize| (at / dot).checked_sub(QUIET).filter(|at| *at < width);
            inside(x).zip(inside(y)).is_some_and(|(x, y)| colors[y * width + x] == qrcode::Color::Dark)
        };
        let side = (width + 2 * QUIET) * dot;
        let mut picture = rqrr::PreparedImage::prepare_from_greyscale(side, side, |x, y| if dark(x, y) { 0 } else { 255 });
        assert_eq!(picture.detect_grids()[0].decode().unwrap().1, text);
    }
}
