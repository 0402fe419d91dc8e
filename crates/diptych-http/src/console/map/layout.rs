//! Where the boxes of the map stand: five columns, each ordered so that lines cross little, by the means of their neighbours'
//! places (after Sugiyama). The columns are given, so a library for graphs of any shape would have nothing to decide.

use std::collections::BTreeMap;

/// How often the columns are gone through.
const SWEEPS: usize = 12;
/// Between the tops of two boxes of the fullest column.
const STEP: f64 = 36.0;
pub(super) const BOX_WIDE: f64 = 184.0;
pub(super) const BOX_HIGH: f64 = 26.0;
const BETWEEN: f64 = 66.0;
/// Above the first box, for the columns' names.
const TOP: f64 = 34.0;

/// One box.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) name: String,
    pub(super) href: Option<String>,
    /// How much goes through it a second.
    pub(super) rate: f64,
    pub(super) failing: bool,
    /// Whether it is an event handler.
    pub(super) handler: bool,
    /// The names in the neighbouring column that it is linked with; none where it is with every one.
    pub(super) links: Option<Vec<String>>,
}

/// A box in its place.
#[derive(Clone, Debug)]
pub(super) struct Placed {
    pub(super) node: Node,
    pub(super) x: f64,
    pub(super) y: f64,
    /// Which of the colours, where it belongs to one kind of stream.
    pub(super) hue: Option<usize>,
}

/// A line between two boxes, each given by its column and its place there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) from: (usize, usize),
    pub(super) to: (usize, usize),
}

/// Everything in its place.
pub(super) struct Map {
    pub(super) columns: [Vec<Placed>; 5],
    pub(super) lines: Vec<Line>,
    pub(super) wide: f64,
    pub(super) high: f64,
}

impl Map {
    /// The boxes of a column, from top to bottom.
    pub(super) fn column(&self, at: usize) -> impl Iterator<Item = &Node> {
        self.columns.get(at).into_iter().flatten().map(|placed| &placed.node)
    }

    pub(super) fn placed(&self, (column, at): (usize, usize)) -> Option<&Placed> {
        self.columns.get(column)?.get(at)
    }
}

/// Between which columns the links of a column are: commands, streams, projections and queries say what they are linked with.
const LINKED: [(usize, usize); 4] = [(0, 1), (1, 2), (3, 2), (4, 3)];

/// Puts what is registered in its place. The order within a column is made here.
pub(super) fn of(mut columns: [Vec<Node>; 5]) -> Map {
    for sweep in 0..SWEEPS {
        for at in 0..columns.len() {
            let at = if sweep % 2 == 0 { at } else { columns.len() - 1 - at };
            sort(&mut columns, at);
        }
    }
    let lines = lines(&columns);
    let hues = hues(&columns, &lines);
    let fullest = columns.iter().map(Vec::len).max().unwrap_or_default().max(1);
    let high = TOP + float(fullest) * STEP;
    let placed = |(column, nodes): (usize, Vec<Node>)| place(column, nodes, &hues, high);
    let mut all = columns.into_iter().enumerate().map(placed);
    let columns = std::array::from_fn(|_| all.next().unwrap_or_default());
    let wide = 5.0 * BOX_WIDE + 4.0 * BETWEEN;
    Map { columns, lines, wide, high }
}

fn place(column: usize, nodes: Vec<Node>, hues: &BTreeMap<(usize, usize), usize>, high: f64) -> Vec<Placed> {
    let step = (high - TOP) / float(nodes.len().max(1));
    let x = float(column) * (BOX_WIDE + BETWEEN);
    let placed = |(at, node)| {
        let y = TOP + float(at) * step + (step - BOX_HIGH) / 2.0;
        Placed { node, x, y, hue: hues.get(&(column, at)).copied() }
    };
    nodes.into_iter().enumerate().map(placed).collect()
}

/// Orders a column by where its neighbours stand, as parts of their columns; what has none stays where it is.
fn sort(columns: &mut [Vec<Node>; 5], at: usize) {
    let lines = lines(columns);
    let mut means: Vec<(f64, Node)> = Vec::new();
    for (place, node) in columns[at].iter().enumerate() {
        let here = (at, place);
        let others = lines.iter().filter_map(|line| match line {
            Line { from, to } if *from == here => Some(*to),
            Line { from, to } if *to == here => Some(*from),
            Line { .. } => None,
        });
        let part =
            |(column, place): (usize, usize)| (float(place) + 0.5) / float(columns[column].len().max(1));
        let parts: Vec<f64> = others.map(part).collect();
        let mean = match parts.len() {
            0 => part(here),
            count => parts.iter().sum::<f64>() / float(count),
        };
        means.push((mean, node.clone()));
    }
    means.sort_by(|(a, _), (b, _)| a.total_cmp(b));
    columns[at] = means.into_iter().map(|(_, node)| node).collect();
}

/// Every line, from left to right. What is linked with every one of a column is drawn without lines: they would hide the rest.
fn lines(columns: &[Vec<Node>; 5]) -> Vec<Line> {
    let mut all = Vec::new();
    for (from, to) in LINKED {
        for (at, node) in columns[from].iter().enumerate() {
            for name in node.links.iter().flatten() {
                let Some(other) = columns[to].iter().position(|other| other.name == *name) else { continue };
                let (one, other) = ((from, at), (to, other));
                all.push(if from < to {
                    Line { from: one, to: other }
                } else {
                    Line { from: other, to: one }
                });
            }
        }
    }
    all
}

/// A colour per kind of stream, and for what belongs to one kind of stream only.
fn hues(columns: &[Vec<Node>; 5], lines: &[Line]) -> BTreeMap<(usize, usize), usize> {
    let mut hues: BTreeMap<(usize, usize), usize> = (0..columns[1].len()).map(|at| ((1, at), at)).collect();
    for column in [2, 3, 4] {
        for at in 0..columns[column].len() {
            let from: Vec<_> =
                lines.iter().filter(|line| line.to == (column, at)).map(|line| line.from).collect();
            let mut found = from.iter().map(|place| hues.get(place).copied());
            let Some(Some(first)) = found.next() else { continue };
            if found.all(|hue| hue == Some(first)) {
                hues.insert((column, at), first);
            }
        }
    }
    for at in 0..columns[0].len() {
        let target = lines.iter().find(|line| line.from == (0, at));
        if let Some(hue) = target.and_then(|line| hues.get(&line.to).copied()) {
            hues.insert((0, at), hue);
        }
    }
    hues
}

fn float(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(name: &str, links: &[&str]) -> Node {
        Node {
            name: name.to_owned(),
            href: None,
            rate: 0.0,
            failing: false,
            handler: false,
            links: Some(links.iter().map(|link| (*link).to_owned()).collect()),
        }
    }

    fn crossings(map: &Map) -> usize {
        let crosses = |a: &Line, b: &Line| a.from.0 == b.from.0 && a.from.1 < b.from.1 && a.to.1 > b.to.1;
        map.lines.iter().map(|a| map.lines.iter().filter(|b| crosses(a, b)).count()).sum()
    }

    #[test]
    fn lines_that_need_not_cross_do_not() {
        let columns = [
            vec![node("A", &["z"]), node("B", &["y"]), node("C", &["x"])],
            vec![node("x", &["X"]), node("y", &["Y"]), node("z", &["Z"])],
            vec![node("X", &[]), node("Z", &[]), node("Y", &[])],
            vec![node("p", &["Z"]), node("q", &["X", "Y"])],
            vec![node("Q", &["q"]), node("P", &["p"])],
        ];
        let map = of(columns);
        assert_eq!((map.lines.len(), crossings(&map)), (11, 0));
        let hue = |column: usize, name: &str| {
            map.columns[column].iter().find(|placed| placed.node.name == name).unwrap().hue
        };
        assert_eq!(hue(0, "A"), hue(2, "Z"));
        assert_eq!(hue(3, "q"), None);
    }

    #[test]
    fn nothing_registered_is_an_empty_map() {
        let map = of(Default::default());
        assert!(map.lines.is_empty() && map.high > 0.0);
    }
}
