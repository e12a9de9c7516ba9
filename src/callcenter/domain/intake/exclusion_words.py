"""What is said to a person of exclusions and blocklists, in English and Chinese."""

from collections.abc import Mapping

from callcenter.domain.gate.exclusions import ExclusionKind, Signer, Unfit
from callcenter.domain.intake.blocklists import Broken, Load, LoadState, Owner, Unemptied
from callcenter.domain.intake.problems import FileProblem, file_sentence
from callcenter.domain.words.sentences import Language

Pair = tuple[str, str]

KINDS: Mapping[ExclusionKind, Pair] = {
    ExclusionKind.OPT_OUT: ("wants no visits by some channels", "客户拒绝部分回访方式"),
    ExclusionKind.REFUSED: ("refused the visit by phone", "客户拒绝电话回访"),
    ExclusionKind.WAIVER: ("waived visits in writing", "书面声明免访"),
    ExclusionKind.CANCELLED: ("the contract was cancelled", "合同已撤销或退保"),
    ExclusionKind.DECEASED: ("the customer is deceased", "客户已身故"),
    ExclusionKind.WRONG_NUMBER: ("a number is not the customer's", "号码不属于该客户"),
}

SIGNERS: Mapping[Signer, Pair] = {
    Signer.POLICYHOLDER: ("policyholder", "投保人"),
    Signer.SALESPERSON: ("salesperson", "业务员"),
    Signer.SALES_MANAGER: ("sales manager", "业务主管"),
}

UNFIT: Mapping[Unfit, Pair] = {
    Unfit.REASON_LACKING: ("Say why.", "请说明原因。"),
    Unfit.CHANNELS_LACKING: ("Choose at least one channel.", "请至少选择一种回访方式。"),
    Unfit.UNTIL_PAST: ("The day until which it holds lies in the past.", "截止时间已过。"),
    Unfit.UNTIL_NOT_TAKEN: ("Only an opt-out can end on a day.", "只有拒绝回访可以设定截止时间。"),
    Unfit.SIGNATURES_LACKING: (
        "A waiver is signed by the policyholder, the salesperson and the sales manager.",
        "免访声明须由投保人、业务员和业务主管签字。",
    ),
    Unfit.SIGNERS_NOT_DISTINCT: ("The three who sign a waiver are three people.", "免访声明的三位签字人不得重复。"),
    Unfit.NUMBER_LACKING: ("Say which number is wrong.", "请指明有误的号码。"),
    Unfit.NUMBER_NOT_THEIRS: ("The customer's record has no such number.", "客户资料中没有该号码。"),
    Unfit.CALLBACK_LACKING: ("Say which callback's contract was cancelled.", "请指明已撤销合同对应的回访任务。"),
    Unfit.LIFTED_ALREADY: ("It was lifted already.", "该限制已解除。"),
}

OWNERS: Mapping[Owner, Pair] = {Owner.OWN: ("own", "本机构"), Owner.REGULATOR: ("regulator's", "监管机构")}

STATES: Mapping[LoadState, Pair] = {
    LoadState.RUNNING: ("being read", "正在导入"),
    LoadState.DONE: ("in force", "已生效"),
    LoadState.REFUSED: ("refused, the list stays as it was", "已拒绝，原名单不变"),
    LoadState.INTERRUPTED: ("broken off, the list stays as it was", "已中断，原名单不变"),
    LoadState.EMPTIED: ("emptied", "已清空"),
}

UNEMPTIED: Mapping[Unemptied, Pair] = {
    Unemptied.UNKNOWN: ("There is no such list.", "没有该名单。"),
    Unemptied.EMPTY: ("The list is empty already.", "该名单已是空的。"),
    Unemptied.OTHERWISE: (
        "The list does not hold so many numbers (any more); look at it again.",
        "名单中的号码数与所述不符，请重新查看。",
    ),
    Unemptied.REASON_LACKING: ("Say why.", "请说明原因。"),
    Unemptied.BEING_REPLACED: (
        "A file is just replacing this list; wait for its end.",
        "该名单正在被文件替换，请等待完成。",
    ),
}

BROKEN: Mapping[Broken, Pair] = {
    Broken.NO_NUMBER: ("There is no phone number in this file.", "文件中没有电话号码。"),
    Broken.MOSTLY_BAD: ("More than half of its rows hold no phone number.", "超过一半的行没有有效的电话号码。"),
    Broken.UNREADABLE: ("The file cannot be read.", "文件无法读取。"),
}


def say(pair: Pair, language: Language) -> str:
    return pair[0] if language is Language.EN else pair[1]


def failure_sentence(load: Load, language: Language) -> str:
    """Why the file was refused, or the list emptied; empty where neither was."""
    if load.failure not in set(Broken):
        return load.failure
    problem = load.failure_detail.get("problem", "")
    if problem in set(FileProblem):
        return file_sentence(FileProblem(problem), load.failure_detail, language)
    return say(BROKEN[Broken(load.failure)], language)
