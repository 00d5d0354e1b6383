"""How names are spelled in Latin letters where their script does not say: tables of surnames, and of titles.

A transliteration gives one reading of a character. Here stand the others that carriers print.
"""

from __future__ import annotations

CHINESE_SURNAMES = {
    "单": "shan", "單": "shan", "曾": "zeng", "解": "xie", "仇": "qiu", "查": "zha", "乐": "yue", "樂": "yue",
    "区": "ou", "區": "ou", "覃": "qin", "翟": "zhai", "盖": "ge", "蓋": "ge", "尉": "yu", "朴": "piao", "长": "zhang",
    "長": "zhang", "缪": "miao", "繆": "miao", "谌": "shen", "諶": "shen", "臧": "zang", "折": "she", "种": "chong",
    "召": "shao", "员": "yun", "員": "yun", "秘": "bi", "适": "kuo", "重": "chong", "繁": "po", "粘": "nian",
    "藏": "zang", "乜": "nie", "隗": "kui", "祭": "zhai", "句": "gou", "郇": "xun", "会": "gui", "會": "gui",
}  # fmt: skip
"""Characters that are read otherwise when they are a family name."""

CHINESE_DOUBLE_SURNAMES = frozenset({
    "欧阳", "歐陽", "上官", "司马", "司馬", "诸葛", "諸葛", "皇甫", "尉迟", "尉遲", "公孙", "公孫", "慕容", "司徒",
    "夏侯", "东方", "東方", "令狐", "宇文", "长孙", "長孫", "端木", "南宫", "南宮", "独孤", "獨孤", "轩辕", "軒轅",
    "呼延", "申屠", "太史", "闻人", "聞人", "赫连", "赫連", "澹台", "澹臺", "公冶", "宗政", "濮阳", "濮陽", "淳于",
    "单于", "單于", "百里", "东郭", "東郭", "张简", "張簡", "范姜",
})  # fmt: skip

KOREAN_SURNAMES = {
    "이": ("lee", "yi", "rhee", "ri"), "박": ("park", "pak"), "최": ("choi", "choe"), "임": ("lim", "rim"),
    "유": ("yoo", "ryu"), "류": ("yoo", "ryu"), "노": ("noh", "roh"), "나": ("na", "ra"), "라": ("na", "ra"),
    "양": ("yang", "ryang"), "여": ("yeo", "ryeo"), "백": ("baek", "paik"), "전": ("jeon", "chun"), "천": ("cheon",),
    "엄": ("um", "eom"), "허": ("hur", "huh"), "심": ("shim",), "김": ("kim", "gim"), "염": ("yeom", "ryeom"),
}  # fmt: skip

JAPANESE_SURNAMES = {
    "佐藤": "sato", "鈴木": "suzuki", "高橋": "takahashi", "田中": "tanaka", "伊藤": "ito", "渡辺": "watanabe",
    "渡邊": "watanabe", "渡邉": "watanabe", "山本": "yamamoto", "中村": "nakamura", "小林": "kobayashi",
    "加藤": "kato", "吉田": "yoshida", "山田": "yamada", "佐々木": "sasaki", "山口": "yamaguchi", "松本": "matsumoto",
    "井上": "inoue", "木村": "kimura", "林": "hayashi", "斎藤": "saito", "斉藤": "saito", "齋藤": "saito",
    "齊藤": "saito", "清水": "shimizu", "山崎": "yamazaki", "森": "mori", "池田": "ikeda", "橋本": "hashimoto",
    "阿部": "abe", "石川": "ishikawa", "山下": "yamashita", "中島": "nakajima", "石井": "ishii", "小川": "ogawa",
    "前田": "maeda", "岡田": "okada", "長谷川": "hasegawa", "藤田": "fujita", "後藤": "goto", "近藤": "kondo",
    "村上": "murakami", "遠藤": "endo", "青木": "aoki", "坂本": "sakamoto", "福田": "fukuda", "太田": "ota",
    "西村": "nishimura", "藤井": "fujii", "金子": "kaneko", "岡本": "okamoto", "藤原": "fujiwara", "三浦": "miura",
    "中野": "nakano", "中川": "nakagawa", "原田": "harada", "松田": "matsuda", "竹内": "takeuchi", "小野": "ono",
    "田村": "tamura", "中山": "nakayama", "和田": "wada", "石田": "ishida", "森田": "morita", "上田": "ueda",
    "原": "hara", "内田": "uchida", "柴田": "shibata", "酒井": "sakai", "宮崎": "miyazaki", "横山": "yokoyama",
    "高木": "takagi", "安藤": "ando", "宮本": "miyamoto", "大野": "ono", "小島": "kojima", "谷口": "taniguchi",
    "今井": "imai", "工藤": "kudo", "高田": "takada", "増田": "masuda", "丸山": "maruyama", "杉山": "sugiyama",
    "村田": "murata", "大塚": "otsuka", "新井": "arai", "小山": "koyama", "平野": "hirano", "藤本": "fujimoto",
}  # fmt: skip

TITLES_BEHIND = (
    "先生", "女士", "小姐", "太太", "夫人", "老师", "老師", "师傅", "師傅", "同学", "同學", "阿姨", "经理", "經理",
    "様", "さま", "さん", "殿", "님", "씨", "귀하", "收",
)  # fmt: skip
"""Chinese, Japanese and Korean, longest reading first where one ends like another."""

TITLES = frozenset({
    "mr", "mrs", "ms", "miss", "mx", "dr", "prof", "sir", "madam", "herr", "frau", "pan", "pani", "monsieur",
    "madame", "mme", "mlle", "m", "sig", "signor", "signora", "sr", "sra", "senor", "senora", "dhr", "mevr", "jr",
    "attn",
})  # fmt: skip
"""Words of Latin labels, without their points."""

GERMAN_SPELLING = str.maketrans({
    "ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "Å": "Aa", "Ø": "Oe",
})  # fmt: skip
